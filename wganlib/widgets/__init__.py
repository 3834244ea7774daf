"""Sliders that live everywhere: on a plain web page, in JupyterLab, in Colab.

Each widget is one anywidget class whose front end draws what Python computed beforehand. On
a page without a kernel the book's own small script (``book/_ext/static/widget-host.js``)
calls the same front end; with JavaScript off, and in print, there is a figure and a table.
"""

from wganlib.widgets.moving_boxes import MovingBoxes
from wganlib.widgets.quiz import Quiz
from wganlib.widgets.slider_figure import SliderFigure

__all__ = ["MovingBoxes", "Quiz", "SliderFigure"]
