"""The text conditioner of Kandinsky 2.0: brings what two text encoders say to the U-Net's widths.

The original has these twenty tensors inside its U-Net (Text2ImUNet.get_text_emb in
ai-forever/Kandinsky-2, kandinsky2/model/text2im_model.py); here they keep their names in a network
of their own, so that the U-Net is diffusers' UNet2DConditionModel.
"""

from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, cat, nn
from torch.nn.functional import scaled_dot_product_attention

HEADS = 8  # of the attention that sums the second text up


class AttentionPooling(nn.Module):
    """Attention over a text, of which the first token's answer is its summary."""

    def __init__(self, width: int, out_width: int) -> None:
        super().__init__()
        self.q_linear = nn.Linear(width, width)
        self.v_linear = nn.Linear(width, width)
        self.k_linear = nn.Linear(width, width)
        self.out = nn.Linear(width, out_width)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return (rows, out_width) of (rows, tokens, width)."""

        def heads(values: Tensor) -> Tensor:
            rows, tokens, width = values.shape
            return values.view(rows, tokens, HEADS, width // HEADS).transpose(1, 2)

        first = heads(self.q_linear(hidden[:, :1]))
        keys, values = heads(self.k_linear(hidden)), heads(self.v_linear(hidden))
        told = scaled_dot_product_attention(first, keys, values)
        summary: Tensor = self.out(told.transpose(1, 2).flatten(2))[:, 0]
        return summary


# diffusers says no types of its classes and decorators
class TextConditioner(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """From two encoded texts to the U-Net's encoder_hidden_states and class_labels."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self,
        text_width: int = 1024,
        pooled_width: int = 640,
        second_width: int = 512,
        crossing: int = 768,
        time_width: int = 1536,
    ) -> None:
        super().__init__()
        self.to_model_dim = nn.Linear(text_width, crossing)
        self.to_model_dim2 = nn.Linear(second_width, crossing)
        self.proj = nn.Linear(pooled_width, time_width)
        self.proj2 = AttentionPooling(second_width, time_width)
        self.ln_model1 = nn.LayerNorm(crossing)
        self.ln_model2 = nn.LayerNorm(time_width)
        self.ln_model3 = nn.LayerNorm(time_width)

    def forward(self, pooled: Tensor, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Return (rows, tokens of both, crossing) and (rows, time_width).

        Of the first text `pooled` (rows, pooled_width) and `first` (rows, tokens, text_width), of
        the second `second` (rows, tokens, second_width).
        """
        hidden = cat([self.to_model_dim(first), self.to_model_dim2(second)], dim=1)
        summary = self.ln_model2(self.proj(pooled)) + self.ln_model3(self.proj2(second))
        return self.ln_model1(hidden), summary
