# One image for every process: web, sockets, worker, beat. The command chooses (see compose.yaml and Procfile).

FROM python:3.13-slim AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt constraints.txt ./
RUN /venv/bin/pip install -r requirements.txt -c constraints.txt
COPY . .
RUN for po in locale/*/LC_MESSAGES/*.po; do /venv/bin/pybabel --quiet compile -i "$po" -o "${po%.po}.mo"; done \
    && DATA_DIR=/tmp/build STATIC_ROOT=/static /venv/bin/python manage.py collectstatic --no-input

FROM python:3.13-slim
RUN useradd --system --uid 1000 --home-dir /data care && install -d -o care /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /static /static
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data STATIC_ROOT=/static
USER care
VOLUME /data
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "socialcare.wsgi:application"]
