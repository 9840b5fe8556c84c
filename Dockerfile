# Touchstone's web process and worker, from one image. The sandbox images are not in it: a worker builds them on its engine.
#
#   docker build -t touchstone .
#
# A company with its own certificate authority adds   --secret id=ca,src=/etc/ssl/certs/ca-certificates.crt
# and with package indexes of its own                --secret id=pip,src=/etc/pip.conf --secret id=npm,src=$HOME/.npmrc
ARG BASE=debian:trixie-slim

FROM ${BASE} AS frontend
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json esbuild.mjs ./
RUN --mount=type=secret,id=ca --mount=type=secret,id=npm,target=/root/.npmrc \
    if [ -f /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi; \
    npm ci --no-audit --no-fund
COPY assessments/frontend assessments/frontend
# Which registry the worker takes the packages of its Node.js image from; tokens stay behind.
RUN --mount=type=secret,id=npm,target=/root/.npmrc \
    npm run --silent build && echo "registry=$(npm config get registry)" > /npmrc

FROM ${BASE} AS packages
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates && rm -rf /var/lib/apt/lists/*
COPY requirements.lock .
RUN --mount=type=secret,id=ca --mount=type=secret,id=pip,target=/etc/pip.conf \
    if [ -f /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; \
    python3 -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends python3 mmdebstrap debian-archive-keyring ca-certificates \
    && rm -rf /var/lib/apt/lists/* && useradd --create-home --uid 10001 touchstone && install -d -o touchstone /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY manage.py LICENSE ./
COPY config config
COPY sandbox sandbox
COPY grading grading
COPY assessments assessments
COPY --from=frontend /app/assessments/static/dist assessments/static/dist
COPY --from=frontend /npmrc /etc/npmrc
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 TOUCHSTONE_DATA_DIR=/data TOUCHSTONE_WEB_BIND=0.0.0.0:8000
RUN python manage.py collectstatic --no-input --verbosity 0 && rm -f /data/secret-key && chown -R touchstone /data
USER touchstone
EXPOSE 8000
CMD ["gunicorn", "--config", "python:config.web_server"]
