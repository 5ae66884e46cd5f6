"""Takes a picture of every place, state, theme and scale: `make shots` writes build/shots/*.png.

Each theme and scale is a program of its own, with the real engine and the starter model, driven
through its states; nothing is compared, it is for people to look at.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

    from kandinsky_desktop.ui.canvas.room import CanvasRoom

LOOKS = (("light", 1), ("dark", 1), ("contrast", 1), ("light", 2), ("dark", 2), ("contrast", 2))
PATIENCE_S = 90.0
ROOMS = ("gallery", "canvas")  # that can be taken alone


def main() -> int:
    """Run one program a look, or be one of them."""
    parser = argparse.ArgumentParser(prog="shots")
    parser.add_argument("--out", type=Path, default=Path("build/shots"))
    parser.add_argument("--theme", default="")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--many", type=Path, help="a folder of 100,000 pictures, for one more shot")
    parser.add_argument(
        "--only", choices=ROOMS, default="", help="this alone, with painted pictures"
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.theme:
        os.environ.setdefault("QT_SCALE_FACTOR", str(args.scale))
        photographer = Photographer(args.theme, args.scale, args.out, args.many, args.only)
        photographer.run_only(args.only) if args.only else photographer.run()
        return 0
    for theme, scale in LOOKS:
        with tempfile.TemporaryDirectory() as home:
            environment = os.environ | {
                "KANDINSKY_HOME": home,
                "QT_QPA_PLATFORM": "offscreen",
                "QT_SCALE_FACTOR": str(scale),
                "HF_HUB_OFFLINE": "1",
            }
            command = [sys.executable, "-m", "tests.shots", "--out", str(args.out)]
            command += ["--many", str(args.many)] if args.many else []
            command += ["--only", args.only] if args.only else []
            subprocess.run(
                [*command, "--theme", theme, "--scale", str(scale)], env=environment, check=True
            )
    for path in sorted(args.out.glob("*.png")):
        print(path)
    return 0


class Photographer:
    """Drives one program through its states and takes a picture of each."""

    def __init__(
        self, theme: str, scale: float, out: Path, many: Path | None = None, only: str = ""
    ) -> None:
        from PySide6.QtWidgets import QApplication, QStyleFactory

        from kandinsky_desktop.app.program import Program
        from kandinsky_desktop.domain.settings import Settings
        from kandinsky_desktop.store.layout_file import Layout
        from kandinsky_desktop.store.settings_file import Read
        from kandinsky_desktop.ui.create.room import CreateRoom
        from kandinsky_desktop.ui.fusion.room import FusionRoom
        from kandinsky_desktop.ui.main_window import MainWindow
        from kandinsky_desktop.ui.theme_tokens import tokens_for

        random.seed(7)  # the seeds of pictures, so that two runs can be compared
        self._prefix, self._out, self._many = f"{theme}-{100 * scale:.0f}", out, many
        self.qt = QApplication([])
        self.qt.setStyle(QStyleFactory.create("Fusion"))
        self.frame = MainWindow(tokens_for(theme), 1.0, "")
        self.frame.show()
        self.take("0-first-paint")
        settings = Settings(theme=theme)
        self.app = Program(self.qt, self.frame, Read(settings), Layout())
        self.window = self.app.workspace
        self.create = self.window.rooms.of(CreateRoom)
        self.fusion = self.window.rooms.of(FusionRoom)
        if only:
            from tests.painted_library import PaintedLibrary

            PaintedLibrary(self.app.state.preferences.pictures).fill(10)
        self.app.start()

    def run_only(self, room: str) -> None:
        """Take those of one room, without painting first what it is shown with."""
        self.until(lambda: self.app.state.draft.model is not None)
        self.until(lambda: len(self.app.state.gallery.tiles) > 0)
        if room == "gallery":
            self._look_through_gallery()
        else:
            self._paint_on_canvas()
        self.frame.close()
        self.app.end()

    def run(self) -> None:
        """Take all of them."""
        from PySide6.QtWidgets import QDialog

        session, draft, viewer = (
            self.app.state.job_queue,
            self.app.state.draft,
            self.app.state.viewer,
        )
        self.until(lambda: draft.model is not None)
        self.rest(0.4)
        self.take("1-first-start")
        self._enter_gallery(0)
        self.take("N-gallery-empty")
        self.window.rooms.enter("create")
        draft.set(prompt="a red cat on a yellow background", count=4)
        self.window.runs.generate()
        for words in ("a panda", "a tiger and a lion", "a rocket"):
            draft.set(prompt=words, count=2)
            self.window.runs.generate()
        self.window.main_layout.toggle_queue()
        seen: list[int] = []
        session.stepped.connect(
            lambda job, step: seen.append(step.step) if step.stage == "decoder" else None
        )
        self.until(lambda: bool(seen) and seen[-1] >= 12)
        session.pause(True)
        self.take("2-generating")
        self.until(lambda: session.jobs.running is None)
        self.rest(0.5)
        viewer.set_current(1)
        self.create.row.buttons["vary"].setFocus()
        self.take("3-finished-and-paused")
        viewer.show_alone(1)
        self.until(lambda: viewer.record is not None)
        self.window.inspector.without.split.setChecked(True)
        self.window.inspector.open_folds((1, 1, 1))
        self.rest(0.3)
        self.take("4-one-picture-all-folds")
        session.pause(False)
        self.until(lambda: session.jobs.running is None and not session.jobs.waiting)
        viewer.show_alone(0)
        self.rest(0.3)
        viewer.show_tile(self.app.state.gallery.tiles[3])
        self.rest(0.3)
        self.create.row.compare.click()
        self.rest(0.3)
        self.take("5-compare")
        self.create.row.compare.click()
        self.window.inspector.without.split.setChecked(False)
        self.window.inspector.open_folds((1, 0, 0))
        self._fuse()
        self.window.rooms.enter("create")
        self._begin_elsewhere()
        self._choose_first()
        self._paint_on_canvas()
        self._look_through_gallery()
        self.window.rooms.enter("create")
        self._kill_engine_while_painting()
        self.take("6-engine-died")
        self.window.action_set.trigger("settings")
        self.rest(0.3)
        dialog = self.window.findChild(QDialog)
        assert dialog is not None
        dialog.grab().save(str(self._out / f"{self._prefix}-7-settings.png"))
        dialog.close()
        self.rest(0.1)
        self.window.action_set.trigger("models")
        self.rest(0.3)
        dialog = self.window.findChild(QDialog)
        assert dialog is not None
        dialog.grab().save(str(self._out / f"{self._prefix}-8-models.png"))
        dialog.close()
        self.frame.resize(1024, 640)
        self.rest(0.3)
        self.take("9-small-window")
        self.frame.resize(1280, 800)
        self.app.state.preferences.set(text_size=150)
        self.rest(0.3)
        self.take("A-large-text")
        self.frame.close()
        self.app.end()

    def _enter_gallery(self, count: int) -> None:
        """Go there, and wait until so many pictures are there with their thumbnails."""
        from kandinsky_desktop.ui.gallery.room import GalleryRoom

        library, room = self.app.state.library, self.window.rooms.of(GalleryRoom)
        self.window.rooms.enter("gallery")
        self.until(lambda: room.is_ready and library.results.pictures >= count)
        self.rest(1.5)

    def _look_through_gallery(self) -> None:
        """Show ten pictures and a thousand; one chosen, several, found, compared, a family."""
        from kandinsky_desktop.ui.gallery.room import GalleryRoom
        from tests.painted_library import PaintedLibrary

        room, trigger = self.window.rooms.of(GalleryRoom), self.window.action_set.trigger
        library = self.app.state.library
        self._enter_gallery(8)
        self.take("N-gallery-ten")
        shelf = PaintedLibrary(self.app.state.preferences.pictures)
        shelf.fill(1000)
        family = shelf.add_family()
        foreign = shelf.add_foreign()
        shelf.add_broken()
        library.scan_wanted.emit()
        self._enter_gallery(1000)
        results, grid = library.results, room.grid
        rows = {results.path(row): row for row in range(40)}
        ids = [int(results.ids[rows[path]]) for path in family]
        grid.choose((ids[2],), ids[2])
        self.until(lambda: room.details.details is not None)
        self.rest(1.0)
        self.take("N-gallery-thousand")
        other = int(results.ids[rows[foreign]])
        grid.choose((other,), other)
        self.rest(0.8)
        self.take("N-gallery-foreign")
        trigger("use_again", foreign)
        self.rest(0.5)
        self.take("N-gallery-foreign-used-again")
        self.window.rooms.enter("gallery")
        grid.choose(ids, ids[1])
        library.set_stars(ids[1:3], 4)
        self.rest(0.5)
        self.take("N-gallery-chosen")
        room.page.search.field.setText("rocket")
        self.rest(1.0)
        self.take("N-gallery-found")
        room.page.search.field.setText("zebra")
        self.rest(0.5)
        self.take("N-gallery-nothing-found")
        room.page.search.clear()
        self.rest(0.5)
        grid.choose((ids[2],), ids[2])
        self.rest(0.5)
        trigger("gallery_family")
        self.rest(0.5)
        self.take("N-gallery-family")
        room.escape()
        grid.choose(ids[:2], ids[0])
        trigger("gallery_compare")
        self.rest(0.5)
        for mode in ("slider", "beside", "difference"):
            room.compare.set_mode(mode)
            self.rest(0.3)
            self.take(f"N-gallery-compare-{mode}")
        room.escape()
        trigger("gallery_view")
        self.rest(0.8)
        self.take("N-gallery-lightbox")
        trigger("alone")
        self.rest(0.3)
        grid.to_top()
        for size in (150,):
            self.app.state.preferences.set(text_size=size)
            self.rest(0.5)
            self.take(f"N-gallery-text-{size}")
            self.app.state.preferences.set(text_size=100)
        bar = grid.verticalScrollBar()
        bar.setSliderDown(True)
        bar.setSliderPosition(bar.maximum() // 2)
        self.rest(0.8)
        self.take("N-gallery-scrolled-fast")
        bar.setSliderDown(False)
        library.trash(ids[:3])
        self.app.state.preferences.set(trash_days=30)
        trigger("deleted_pictures")
        self.rest(1.0)
        self.take("N-gallery-trash")
        room.escape()
        if self._many is not None:
            library.add_folder(self._many)
            self._enter_gallery(100_000)
            grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() // 2)
            self.rest(5.0)
            self.take("N-gallery-hundred-thousand")
        self.window.rooms.enter("create")

    def _choose_first(self) -> None:
        """Open a sheet of ideas and choose some."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        self.app.state.draft.set(prompt="a castle in the clouds")
        self.window.action_set.trigger("candidates")
        self.until(lambda: self.app.state.candidates.done == 9)
        view = self.create.sheet.view
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_Space):
            QTest.keyClick(view, key)
        self.rest(0.1)
        self.take("L-ideas")
        self.app.state.candidates.close()

    def _fuse(self) -> None:
        """Lay a board and take it as it grows."""
        from kandinsky_desktop.domain.conditioning import Prompt

        session, fusing = self.app.state.job_queue, self.app.state.board_editor
        paths = [tile.path for tile in self.app.state.gallery.tiles if tile.path]
        self.window.rooms.enter("fusion")
        self.rest(0.3)
        self.take("B-board-empty")
        fusing.add_files((paths[0], paths[4]))
        self.app.state.draft.set(count=1)
        self.rest(0.4)
        self.window.runs.generate()
        self.until(lambda: session.pace.share > 0.5)
        self.take("C-board-running")
        self.until(lambda: session.jobs.running is None)
        bars = self.app.state.similarities
        self.until(lambda: any(bar.cosine is not None for bar in bars.bars.values()))
        self.rest(0.4)
        self.take("D-board-of-two")
        live = self.app.state.live_preview
        fusing.set_board(fusing.board.weighed(1, 1.5))
        self.until(lambda: live.running and live.share > 0.4)
        self.take("D-board-live")
        fusing.add_card(Prompt("oil painting"), 0.4)
        fusing.add_card(Prompt("people"), -0.2)
        self.rest(0.4)
        self.app.state.board_library.save_as("Rocket panda")
        self.fusion.board.choose(3)
        self.rest(0.1)
        self.take("E-board-of-four")
        for words in ("a castle in the clouds", "gold", "winter", "a smile"):
            fusing.add_card(Prompt(words), 0.3)
        self.rest(0.4)
        self.take("F-board-of-eight")
        self._film()

    def _paint_on_canvas(self) -> None:
        """Open a picture on the canvas, mask, fill, and take it at each step."""
        from PIL import Image, ImageDraw
        from PySide6.QtCore import QPoint, Qt
        from PySide6.QtTest import QTest

        from kandinsky_desktop.ui.canvas.room import CanvasRoom

        canvas, room = self.app.state.canvas, self.window.rooms.of(CanvasRoom)
        path = next(tile.path for tile in self.app.state.gallery.tiles if tile.path)
        photo = self._out / f"{self._prefix}.photo"  # it is no picture of the program's
        with Image.open(path) as small:
            whole = small.convert("RGB").resize((900, 900), Image.Resampling.LANCZOS)
        whole.save(photo, "PNG")
        self.window.main_layout.toggle_queue()
        self.window.inspector.open_folds((0, 0, 0, 0, 0))
        self.window.rooms.enter("canvas")
        self.rest(0.3)
        self.take("M-canvas-empty")
        room.open_picture(photo)
        self.until(lambda: canvas.is_open and not canvas.document.busy)
        view = room.desk.view

        def draw(*points: tuple[float, float]) -> None:
            """Draw with the mouse, in pixels of the picture."""
            shown = view.view
            assert shown is not None
            ratio = view.devicePixelRatioF()
            places = [
                QPoint(*(round(one / ratio) for one in shown.to_view(*point))) for point in points
            ]
            QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=places[0])
            for place in places[1:]:
                QTest.mouseMove(view, place)
                self.qt.processEvents()
            QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=places[-1])
            self.until(lambda: canvas.editor.is_settled and not canvas.document.busy)

        canvas.editor.set_brush(size=120.0)
        draw((330, 260), (420, 220), (520, 240), (600, 300))
        self.rest(0.3)
        self.take("M-canvas-brush")
        self.window.action_set.trigger("tool_ellipse")
        draw((600, 600), (760, 780))
        self.window.action_set.trigger("tool_polygon")
        for x, y in ((150, 600), (260, 560), (320, 700)):
            draw((x, y))
        self.rest(0.2)
        self.take("M-canvas-polygon")
        self.window.action_set.trigger("escape")
        self.window.action_set.trigger("tool_alike")
        self.rest(0.2)
        self.take("M-canvas-by-colour")
        self.window.action_set.trigger("tool_brush")
        for zoom in (1, 16):
            view.fit()
            assert view.view is not None
            view._zoom_to(zoom * view.devicePixelRatioF(), view.view.to_view(420.0, 165.0))
            self.rest(0.3)
            self.take(f"M-canvas-at-{zoom}00")
        view.fit()
        self._fill_on_canvas(room)
        for size in (90, 150):
            self.app.state.preferences.set(text_size=size)
            self.rest(0.4)
            self.take(f"M-canvas-text-{size}")
        self.app.state.preferences.set(text_size=100)
        canvas.fills.discard_all()
        self._expand_on_canvas(room, whole.resize((192, 144)), photo)
        self._depth_on_canvas(room, whole.resize((512, 512)), photo)
        self._sketch_on_canvas(room, whole.resize((512, 512)), photo)
        alpha = Image.new("L", whole.size)
        ImageDraw.Draw(alpha).ellipse((100, 100, 800, 800), fill=200)
        whole.putalpha(alpha)
        whole.save(photo, "PNG")
        room.open_picture(photo)
        self.until(lambda: canvas.document.picture.alpha and not canvas.document.busy)
        self.rest(0.4)
        self.take("M-canvas-alpha")
        photo.unlink()
        self.window.main_layout.toggle_queue()

    def _expand_on_canvas(self, room: "CanvasRoom", whole: "Image", photo: Path) -> None:
        """Let a picture grow, and take its windows, their painting, and what waits."""
        from kandinsky_desktop.domain.region import Box

        canvas, queue = self.app.state.canvas, self.app.state.job_queue
        self._open_on_canvas(room, whole, photo)
        self.window.action_set.trigger("tool_expand")
        width, height = canvas.document.size.width, canvas.document.size.height
        canvas.expansion.drag(Box(-width // 4, 0, width + width // 2, height + height // 4))
        canvas.expansion.release()
        self.rest(0.3)
        self.take("M-canvas-windows")
        self.app.state.preferences.set(text_size=150)
        self.rest(0.4)
        self.take("M-canvas-windows-text-150")
        self.app.state.preferences.set(text_size=100)
        self.app.state.draft.set(prompt="a rainbow", count=1)
        self.window.runs.generate()
        self.until(lambda: len(canvas.expansion.previews) == 2)
        self.rest(0.2)
        self.take("M-canvas-expanding")
        self.until(lambda: len(canvas.fills.fills) == 1 and queue.jobs.running is None)
        self.rest(0.4)
        self.take("M-canvas-expanded")
        canvas.fills.discard_all()

    def _depth_on_canvas(self, room: "CanvasRoom", whole: "Image", photo: Path) -> None:
        """Lay a depth over a picture, paint in it, and take what is painted along it."""
        from PIL import ImageOps

        canvas, queue = self.app.state.canvas, self.app.state.job_queue
        self._open_on_canvas(room, whole, photo)
        near = ImageOps.invert(whole.convert("L"))  # as white as a thing on white is near
        near.save(photo, "PNG")
        self.window.action_set.trigger("target_depth")
        canvas.depth.load(photo)
        self.until(lambda: not canvas.document.busy)
        canvas.depth.press(whole.width * 0.8, whole.height * 0.7)
        canvas.depth.release()
        self.rest(0.3)
        self.take("M-canvas-depth")
        self.app.state.preferences.set(text_size=150)
        self.rest(0.4)
        self.take("M-canvas-depth-text-150")
        self.app.state.preferences.set(text_size=100)
        self.app.state.draft.set(prompt="a red cat", count=1)
        self.window.runs.generate()
        self.until(lambda: len(canvas.fills.fills) == 1 and queue.jobs.running is None)
        self.rest(0.4)
        self.take("M-canvas-along-depth")
        canvas.fills.discard_all()

    def _sketch_on_canvas(self, room: "CanvasRoom", whole: "Image", photo: Path) -> None:
        """Sketch over a picture in colours, lay a second one over it, and take what comes of it."""
        from PIL import ImageOps

        canvas, queue = self.app.state.canvas, self.app.state.job_queue
        self._open_on_canvas(room, whole, photo)
        self.window.action_set.trigger("target_switch")
        self.rest(0.3)
        self.take("M-canvas-sketch-empty")
        side = whole.width
        for colour, size, places in (
            ((196, 60, 40), 46.0, ((0.1, 0.2), (0.3, 0.1), (0.5, 0.25))),
            ((40, 110, 190), 30.0, ((0.6, 0.8), (0.75, 0.7), (0.9, 0.85))),
            ((240, 200, 60), 70.0, ((0.8, 0.15), (0.82, 0.18))),
        ):
            canvas.sketch.set_colour(colour)
            canvas.sketch.set_brush(size=size)
            canvas.sketch.press(places[0][0] * side, places[0][1] * side)
            canvas.sketch.move([(x * side, y * side, 1.0) for x, y in places[1:]])
            canvas.sketch.release()
            self.until(lambda: not canvas.document.busy)
        self.rest(0.3)
        self.take("M-canvas-sketch")
        self.app.state.preferences.set(text_size=150)
        self.rest(0.4)
        self.take("M-canvas-sketch-text-150")
        self.app.state.preferences.set(text_size=100)
        ImageOps.mirror(whole).save(photo, "PNG")
        canvas.collage.place_file(photo)
        self.until(lambda: canvas.collage.layer is not None and not canvas.document.busy)
        self.rest(0.4)
        self.take("M-canvas-collage")
        canvas.collage.put_down()
        self.until(lambda: not canvas.document.busy)
        self.app.state.draft.set(prompt="a red cat", count=1)
        self.window.runs.generate()
        self.until(lambda: len(canvas.fills.fills) == 1 and queue.jobs.running is None)
        self.rest(0.4)
        self.take("M-canvas-collage-refined")
        canvas.fills.discard_all()

    def _open_on_canvas(self, room: "CanvasRoom", whole: "Image", photo: Path) -> None:
        """Open another picture there, and wait until it is."""
        canvas = self.app.state.canvas
        whole.save(photo, "PNG")
        opened = canvas.document.folder if canvas.is_open else None
        room.open_picture(photo)
        self.until(lambda: canvas.is_open and canvas.document.folder != opened)
        self.until(lambda: not canvas.document.busy)

    def _fill_on_canvas(self, room: "CanvasRoom") -> None:
        """Fill what is masked, and take the fills that wait."""
        canvas, queue = self.app.state.canvas, self.app.state.job_queue
        self.app.state.draft.set(prompt="a rainbow", count=4)
        self.window.runs.generate()
        self.until(lambda: canvas.fills.preview is not None)
        self.rest(0.3)
        self.take("M-canvas-painting")
        self.until(lambda: len(canvas.fills.fills) == 4 and queue.jobs.running is None)
        canvas.fills.step(1)
        self.rest(0.4)
        self.take("M-canvas-fills")

    def _film(self) -> None:
        """Shoot a strip and a sheet, and take each as it fills."""
        from kandinsky_desktop.domain.board import Board
        from kandinsky_desktop.domain.conditioning import Prompt

        fusing, filmstrip = self.app.state.board_editor, self.app.state.filmstrip
        place, film = self.fusion, self.fusion.film
        board = Board()
        for words in ("a red cat", "a hamburger", "a rainbow", "a panda"):
            board = board.laid(Prompt(words))
        fusing.set_board(board.muted(3).muted(4))
        place.pills.film.click()
        self.until(lambda: not self.app.state.live_preview.running)
        self.rest(0.3)
        for button, name in ((film.strip_button, "strip"), (film.sheet_button, "sheet")):
            button.click()
            film.shoot.click()
            self.until(lambda: any(frame.path for frame in filmstrip.frames))
            self.take(f"G-{name}-growing")
            self.until(lambda: not filmstrip.busy)
            self.rest(0.3)
            film.view.setCurrentIndex(filmstrip.index(4, 0))
            film.chosen.emit(4)
            self.rest(0.4)
            self.take(f"G-{name}")
            fusing.set_board(board)
        film._close.click()

    def _begin_elsewhere(self) -> None:
        """Start from a picture in each way, and mean one; then begin from nothing again."""
        from PIL import Image, ImageDraw

        from kandinsky_desktop.domain.conditioning import Prompt
        from kandinsky_desktop.domain.task import Img2Img, Inpaint, Outpaint, TextToImage
        from kandinsky_desktop.state.draft import PictureAndPrompt
        from kandinsky_desktop.ui.mime import DroppedImages

        draft, sources = self.app.state.draft, self.window.inputs
        path = next(tile.path for tile in self.app.state.gallery.tiles if tile.path)
        mask = path.parent / "mask.png"
        hole = Image.new("L", (64, 64))
        ImageDraw.Draw(hole).ellipse((16, 12, 48, 40), fill=255)
        hole.save(mask)
        self.window.inspector.open_folds((0, 0, 0, 1, 0))
        sources.start_from(path)
        self.until(lambda: isinstance(draft.values.task, Img2Img))
        draft.follow_depth(True)
        self.rest(0.3)
        self.take("G-start-from-a-picture")
        draft.follow_depth(False)
        draft.set_task_kind(Inpaint)
        draft.set_masks((mask,))
        self.rest(0.3)
        self.take("H-start-from-a-hole")
        draft.set_task_kind(Outpaint)
        draft.set_in_part("task", "left", 32)
        draft.set_in_part("task", "right", 32)
        self.rest(0.3)
        self.take("I-larger-canvas")
        draft.set_task_kind(TextToImage)
        self.window.inspector.open_folds((0, 0, 0, 0, 1))
        sources.conditioning_section.images_received.emit(DroppedImages(paths=(path,)))
        self.until(lambda: draft.values.image_conditioning is not None)
        self.rest(0.3)
        self.take("J-vary-a-picture")
        draft.set_conditioning_kind(PictureAndPrompt)
        draft.set(prompt="a red tiger")
        self.rest(0.3)
        self.take("K-a-picture-and-words")
        draft.set_conditioning_kind(Prompt)
        self.window.inspector.open_folds((1, 0, 0, 0, 0))
        mask.unlink()

    def take(self, name: str) -> None:
        """Save what the window looks like now."""
        self.rest(0.05)
        self.frame.grab().save(str(self._out / f"{self._prefix}-{name}.png"))

    def until(self, done: Callable[[], bool]) -> None:
        """Let the program run until something is so."""
        end = time.monotonic() + PATIENCE_S
        while not done():
            assert time.monotonic() < end, "it takes too long"
            self.rest(0.01)

    def rest(self, seconds: float) -> None:
        """Let the program run for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.qt.processEvents()
            time.sleep(0.003)

    def _kill_engine_while_painting(self) -> None:
        session, draft = self.app.state.job_queue, self.app.state.draft
        pids: list[int] = []
        self.app.worker.engine_started.connect(pids.append)
        seen: list[object] = []
        session.stepped.connect(lambda job, step: seen.append(step))
        draft.set(prompt="a lighthouse in the evening", count=4)
        draft.set_sampling(steps=100)
        self.window.runs.generate()
        self.until(lambda: bool(seen))
        process = self.app.worker._process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        self.until(lambda: session.jobs.running is None)
        self.rest(0.3)


if __name__ == "__main__":
    raise SystemExit(main())
