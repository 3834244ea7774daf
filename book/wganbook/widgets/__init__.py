"""Sliders that live everywhere: on a plain web page, in JupyterLab, in Colab.

Each widget is one anywidget class whose front end draws what Python computed beforehand. On
a page without a kernel the book's own small script (``book/_ext/static/widget-host.js``)
calls the same front end; with JavaScript off, and in print, there is a figure and a table.
"""

from wganbook.widgets.answer import Answer
from wganbook.widgets.hand_critic import HandCritic
from wganbook.widgets.moving_boxes import MovingBoxes
from wganbook.widgets.moving_points import MovingPoints
from wganbook.widgets.predict import Pick, Sketch
from wganbook.widgets.quiz import Quiz
from wganbook.widgets.slider_figure import SliderFigure
from wganbook.widgets.workshop import Workshop

__all__ = [
    "Answer",
    "HandCritic",
    "MovingBoxes",
    "MovingPoints",
    "Pick",
    "Quiz",
    "Sketch",
    "SliderFigure",
    "Workshop",
]
