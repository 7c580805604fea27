"""An S3 in a process of its own that lets in one key alone and holds each signature against it:
`python -m tests.bucket_child PORT KEY_ID SECRET BUCKET`. What it keeps ends with it.
"""

from __future__ import annotations

import logging
import sys

from moto import settings
from moto.iam.models import iam_backends
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.s3.models import s3_backends

ACCOUNT = "123456789012"
REGION = "us-east-1"
ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'


def main(port: int, key_id: str, secret: str, bucket: str) -> None:
    """Serve until standard input ends."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    iam = iam_backends[ACCOUNT]["aws"]
    iam.create_user(REGION, "golive")
    iam.put_user_policy("golive", "all", ALL)
    key = iam.create_access_key("golive", prefix="AKIA")
    key.access_key_id, key.secret_access_key = key_id, secret  # moto makes them up
    s3_backends[ACCOUNT]["aws"].create_bucket(bucket, REGION)
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
