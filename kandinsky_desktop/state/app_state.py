"""All that the window shows, in one value."""

from dataclasses import dataclass

from kandinsky_desktop.state.batch_export import BatchExport
from kandinsky_desktop.state.board_editor import BoardEditor
from kandinsky_desktop.state.board_library import BoardLibrary
from kandinsky_desktop.state.board_result import BoardResult
from kandinsky_desktop.state.candidates import Candidates
from kandinsky_desktop.state.canvas import Canvas
from kandinsky_desktop.state.card_titles import CardTitles
from kandinsky_desktop.state.clip_similarity import ClipSimilarities
from kandinsky_desktop.state.comparison import Comparison
from kandinsky_desktop.state.conversion import Conversion
from kandinsky_desktop.state.draft import DraftState
from kandinsky_desktop.state.embedding_norm import EmbeddingNorm
from kandinsky_desktop.state.exporter import Exporter
from kandinsky_desktop.state.filmstrip import Filmstrip
from kandinsky_desktop.state.full_pictures import FullPictures
from kandinsky_desktop.state.gallery import Gallery
from kandinsky_desktop.state.image_import import ImageImport
from kandinsky_desktop.state.job_queue import JobQueue
from kandinsky_desktop.state.library import Library
from kandinsky_desktop.state.live_preview import LivePreview
from kandinsky_desktop.state.memory_plan import MemoryPlan
from kandinsky_desktop.state.models import Models, TokenMeter
from kandinsky_desktop.state.origins import Origins
from kandinsky_desktop.state.outside import OutsideChanges
from kandinsky_desktop.state.preferences import Preferences
from kandinsky_desktop.state.preloader import Preloader
from kandinsky_desktop.state.prompt_history import PromptHistory
from kandinsky_desktop.state.similarity_measurer import SimilarityMeasurer
from kandinsky_desktop.state.trashing import Trashing
from kandinsky_desktop.state.variations import Variations
from kandinsky_desktop.state.verification import Verification
from kandinsky_desktop.state.viewer import Viewer


@dataclass(frozen=True, slots=True)
class AppState:
    """All state objects that the window shows."""

    job_queue: JobQueue
    gallery: Gallery
    viewer: Viewer
    draft: DraftState
    models: Models
    token_meter: TokenMeter
    preferences: Preferences
    board_editor: BoardEditor
    live_preview: LivePreview
    similarity_measurer: SimilarityMeasurer
    board_library: BoardLibrary
    board_result: BoardResult
    card_titles: CardTitles
    similarities: ClipSimilarities
    filmstrip: Filmstrip
    image_import: ImageImport
    candidates: Candidates
    embedding_norm: EmbeddingNorm
    variations: Variations
    origins: Origins
    preloader: Preloader
    memory_plan: MemoryPlan
    prompt_history: PromptHistory
    trashing: Trashing
    exporter: Exporter
    comparison: Comparison
    canvas: Canvas
    outside: OutsideChanges
    library: Library
    full_pictures: FullPictures
    batch_export: BatchExport
    verification: Verification
    conversion: Conversion
