"""What the fields of a log record are called in the wild. Nothing is loaded here.

The names follow OpenTelemetry's semantic conventions, Elastic Common Schema, structlog, python-json-logger, pino, zap,
logback, journald and Datadog.
"""

from __future__ import annotations

ALIASES = {
    "time": "timestamp @timestamp time ts asctime datetime _source_realtime_timestamp __realtime_timestamp eventtime "
    "time_local time_iso8601 timestampms timeunixnano @t date t observedtimeunixnano",
    "level": "level severity levelname log.level loglevel log_level lvl severity_text severitytext @l severity_number "
    "severitynumber priority detected_level",
    "service": "service service.name service_name servicename dd.service app application app_name appname "
    "syslog_identifier _comm kubernetes.container_name container_name container kubernetes.container.name component "
    "logger logger_name loggername name progname",
    "host": "host hostname host.name pod pod_name kubernetes.pod_name kubernetes.pod.name k8s.pod.name instance "
    "_hostname host.hostname node server logstreamname @logstream",
    "request_id": "request_id correlation_id trace_id x-request-id x_request_id x-correlation-id x_correlation_id "
    "requestid correlationid traceid trace.id dd.trace_id opid req_id reqid req.id request.id http.request.id "
    "transaction.id span.trace_id trace request.headers.x-request-id logging.googleapis.com/trace",
    "user": "user user_id user.id usr.id userid username user.name user_name uid enduser.id user.email usr.email",
    "client": "client.address client_ip client.ip ip remote_addr remote_ip remoteip clientip client_address "
    "ip_address http.client_ip network.client.ip source.ip remoteaddress req.remoteaddress request.remote_ip "
    "httprequest.remoteip peer client",
    "route": "route http.route path endpoint url.path request_path uri request_uri http.target req.url "
    "request.uri httprequest.requesturl url request",
    "method": "method http.request.method http.method request_method verb req.method request.method "
    "httprequest.requestmethod",
    "status": "status status_code http.response.status_code http.status_code statuscode http.status "
    "response.status_code response_code response.status res.statuscode httprequest.status",
    "duration": "duration_ms elapsed_ms latency_ms took_ms response_time_ms request_time_ms time_ms durationms "
    "responsetime response_time_seconds duration_s elapsed_s latency_s duration_seconds duration_us duration_ns "
    "event.duration request_time rt httprequest.latency duration elapsed latency response_time took dur",
    "event": "message msg event @message @m @mt body textpayload log line event.original",
    "exception": "exception exc_info stack_trace stacktrace traceback stack error.stack_trace exception.stacktrace "
    "err.stack error.stack exc_text @x",
    "exception_type": "exception.type error.type exc_type exception_type err.type error.kind",
    "exception_message": "exception.message error.message exc_message err.message",
}
"""The names of each column, the best known first."""
COLUMN_OF = {name: column for column, names in ALIASES.items() for name in names.split()}
