"""Derive every link to the repository from one address, and leave them out without one."""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import quote

from sphinx.application import Sphinx

BUTTONS = ("use_repository_button", "use_edit_page_button", "use_issues_button")

#: The branch that holds the generated notebooks, which Colab opens.
NOTEBOOK_BRANCH = "notebooks"
#: The branch that Binder builds its image from: what it installs and nothing else, so that the
#: image is built anew when that changes and not with every push. The notebooks come with each
#: session, by nbgitpuller.
ENVIRONMENT_BRANCH = "environment"


def repository_url(configured: str) -> str:
    """Return the repository's address: environment first, then ``_config.yml``, or nothing."""
    github = os.environ.get("GITHUB_REPOSITORY", "")
    address = (
        os.environ.get("BOOK_REPO_URL", "")
        or (f"https://github.com/{github}" if github else "")
        or configured
        or ""
    )
    return address.rstrip("/").removesuffix(".git")


def configure(app: Sphinx, config: Any) -> None:
    """Set the theme's repository options, or remove all that depend on an address."""
    options = config.html_theme_options
    url = repository_url(options.get("repository_url", ""))
    if url:
        options["repository_url"] = url
        for button in BUTTONS:
            options[button] = True
    else:
        for key in ("repository_url", "launch_buttons", *BUTTONS):
            options.pop(key, None)
    config.html_baseurl = os.environ.get("BOOK_SITE_URL", config.html_baseurl)


def pulled(url: str, repository: str) -> str:
    """Return Binder's address for the environment's branch, which then pulls the notebooks."""
    head, _, path = re.sub(r"\.(md|ipynb)$", ".ipynb", url).partition("/main?urlpath=lab/tree/")
    opened = quote(f"lab/tree/{repository.rsplit('/', 1)[-1]}/{path}", safe="")
    pull = f"git-pull?repo={quote(repository, safe='')}&branch={NOTEBOOK_BRANCH}&urlpath={opened}"
    return f"{head}/{ENVIRONMENT_BRANCH}?urlpath={quote(pull, safe='')}"


def launch_notebook(app: Sphinx, page: str, template: str, context: Any, tree: Any) -> None:
    """Send the Colab and Binder buttons to the generated notebook of the page."""
    for entry in context.get("header_buttons", []):
        for button in entry.get("buttons") or [] if isinstance(entry, dict) else []:
            url = button.get("url") or ""
            if "colab.research" in url:
                url = url.replace("/blob/main/", f"/blob/{NOTEBOOK_BRANCH}/")
                button["url"] = url.removesuffix(".md").removesuffix(".ipynb") + ".ipynb"
            elif "mybinder.org" in url:
                button["url"] = pulled(url, app.config.html_theme_options["repository_url"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("config-inited", configure, priority=1)
    app.connect("html-page-context", launch_notebook, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
