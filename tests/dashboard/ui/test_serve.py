"""How the server is started: every option from our own file, and a clear word about a port in use."""

from __future__ import annotations

import socket

import pytest
import streamlit.config

from dashboard.port import PortTakenError, check_port
from dashboard.serve import options


def test_every_option_of_our_file_is_one_that_streamlit_knows() -> None:
    known = streamlit.config._config_options_template

    assert not [name for name in options(host="127.0.0.1", port=8500) if name not in known]


def test_the_switches_that_the_design_depends_on_are_set() -> None:
    given = options(host="127.0.0.1", port=8500)

    assert given["runner.postScriptGC"] is False
    assert given["browser.gatherUsageStats"] is False
    assert "none" == given["client.showErrorDetails"]
    assert given["server.enableCORS"] is True
    assert given["server.enableAgentApi"] is False
    assert ("127.0.0.1", 8500) == (given["server.address"], given["server.port"])
    assert given["theme.dark.backgroundColor"] != given["theme.light.backgroundColor"]


def test_a_port_in_use_is_said_with_the_mend() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortTakenError, match=f"Port {port} on 127.0.0.1 .* --port {port + 1}"):
            check_port(host="127.0.0.1", port=port)


def test_a_free_port_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    check_port(host="127.0.0.1", port=port)
