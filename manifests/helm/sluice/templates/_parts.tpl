{{/* Source of the webhook's certificate, with "auto" resolved. */}}
{{- define "sluice.certificates" -}}
{{- $mode := .Values.certificates.mode -}}
{{- $localhost := eq .Values.webhook.mode "localhost" -}}
{{- if and $localhost (has $mode (list "cert-manager" "openshift")) -}}
{{- fail (printf "certificates.mode=%s makes a certificate for the Service, which API servers don't call with webhook.mode=localhost; leave certificates.mode at auto" $mode) -}}
{{- end -}}
{{- if ne $mode "auto" -}}
{{- $mode -}}
{{- else if and (eq .Values.platform "openshift") (not $localhost) -}}
openshift
{{- else -}}
managed
{{- end -}}
{{- end -}}

{{/* The Secret with the webhook's certificate. Only the mode files can change its name. */}}
{{- define "sluice.secretName" -}}
{{- if eq (include "sluice.certificates" .) "files" -}}
{{- .Values.certificates.secretName -}}
{{- else -}}
sluice-webhook-tls
{{- end -}}
{{- end -}}

{{/* "true" if the chart creates a namespace: (list $ NAME). */}}
{{- define "sluice.makes" -}}
{{- $create := (index . 0).Values.createNamespaces -}}
{{- if or (eq $create "always") (and (eq $create "auto") (ne (index . 0).Release.Namespace (index . 1))) -}}
true
{{- end -}}
{{- end -}}

{{/* The name of an image. */}}
{{- define "sluice.image" -}}
{{- .repository -}}
{{- if .digest -}}
@{{ .digest }}
{{- else if .tag -}}
:{{ .tag }}
{{- end -}}
{{- end -}}

{{/* The pull secrets of a pod. */}}
{{- define "sluice.pullSecrets" -}}
{{- with .pullSecrets }}
imagePullSecrets:
{{- range . }}
- name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The default tolerations of the webhook. */}}
{{- define "sluice.tolerations" -}}
{{- if eq .Values.webhook.mode "localhost" -}}
# An API server on a tainted node also depends on its webhook.
- operator: Exists
{{- else -}}
{{- include "sluice.replicaTolerations" . -}}
{{- end -}}
{{- end -}}

{{/* The tolerations of pods that any node can run. */}}
{{- define "sluice.replicaTolerations" -}}
- key: node-role.kubernetes.io/control-plane
  operator: Exists
  effect: NoSchedule
- key: node-role.kubernetes.io/master
  operator: Exists
  effect: NoSchedule
# Replace the pod of a lost node after 30 seconds instead of five minutes.
- key: node.kubernetes.io/not-ready
  operator: Exists
  effect: NoExecute
  tolerationSeconds: 30
- key: node.kubernetes.io/unreachable
  operator: Exists
  effect: NoExecute
  tolerationSeconds: 30
{{- end -}}

{{/* The arguments of the webhook. Flags with their default value are omitted. */}}
{{- define "sluice.webhookArgs" -}}
{{- $managed := eq (include "sluice.certificates" .) "managed" -}}
- --role=serve
{{- if eq .Values.webhook.mode "localhost" }}
{{- if $managed }}
- --cert-host=127.0.0.1
{{- end }}
- --api-server=127.0.0.1:6443
- --bind=127.0.0.1:9744
- --health-bind=127.0.0.1:9745
- --metrics-bind=:9746
{{- else }}
- --bind=:9443
- --health-bind=:8081
- --metrics-bind=:8080
{{- end }}
- --path-secret=sluice-webhook-path
{{- if not $managed }}
- --cert-dir=/etc/sluice/tls
{{- end }}
{{- if .Values.webhook.clientCA }}
- --client-ca=/etc/sluice/client-ca/ca.crt
{{- end }}
{{- if has "ipv6" .Values.ipFamilies }}
- --ip-families=ipv4,ipv6
{{- end }}
{{- with .Values.webhook }}
{{- if ne .normalization "mutate" }}
- --normalization={{ .normalization }}
{{- end }}
{{- if not .policies }}
- --policies=off
{{- end }}
{{- range .exemptUsers }}
- {{ printf "--exempt-user=%s" . | quote }}
{{- end }}
{{- if ne .tlsMinVersion "1.3" }}
- --tls-min-version={{ .tlsMinVersion }}
{{- end }}
{{- if ne .logLevel "info" }}
- --log-level={{ .logLevel }}
{{- end }}
{{- range .extraArgs }}
- {{ quote . }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A NetworkPolicy with the addresses and the ports of the API servers: (list $ FILE). */}}
{{- define "sluice.networkPolicy" -}}
{{- $ := index . 0 -}}
{{- $policy := fromYaml ($.Files.Get (index . 1)) -}}
{{- $from := list -}}
{{- range $.Values.networkPolicy.apiServers -}}
{{- $from = append $from (dict "ipBlock" (dict "cidr" .)) -}}
{{- end -}}
{{- range $rule := $policy.spec.ingress -}}
{{- if and $from (not $rule.from) -}}
{{- $_ := set $rule "from" $from -}}
{{- end -}}
{{- end -}}
{{- $ports := list -}}
{{- range $.Values.networkPolicy.apiServerPorts -}}
{{- $ports = append $ports (dict "port" .) -}}
{{- end -}}
{{- $_ := set $policy.spec "egress" (list (dict "ports" $ports)) -}}
{{- toYaml $policy -}}
{{- end -}}

{{/* The arguments of the controller. */}}
{{- define "sluice.controllerArgs" -}}
- --role=control
{{- if ne .Values.controller.admissionPolicies "removal" }}
- --admission-policies={{ .Values.controller.admissionPolicies }}
{{- end }}
- --health-bind=:8081
- --metrics-bind=:8080
- --path-secret=sluice-webhook-path
{{- if ne (include "sluice.certificates" .) "managed" }}
- --certs=files
{{- end }}
{{- if has "ipv6" .Values.ipFamilies }}
- --ip-families=ipv4,ipv6
{{- end }}
{{- with .Values.webhook }}
{{- if not .policies }}
- --policies=off
{{- end }}
{{- range .exemptUsers }}
- {{ printf "--exempt-user=%s" . | quote }}
{{- end }}
{{- if ne .logLevel "info" }}
- --log-level={{ .logLevel }}
{{- end }}
{{- end }}
{{- range .Values.controller.extraArgs }}
- {{ quote . }}
{{- end }}
{{- end -}}

{{/* The objects of a file, except those in the namespace of agents that are not enabled: (list $ FILE). */}}
{{- define "sluice.objects" -}}
{{- $ := index . 0 -}}
{{/* The alert for missing replicas expects the number of the manifests. With the mode localhost, there may be only one. */}}
{{- $replicas := ternary 1 (int $.Values.webhook.replicas) (eq $.Values.webhook.mode "localhost") }}
{{- range splitList "\n---\n" ($.Files.Get (index . 1)) }}
{{- $object := fromYaml (replace "== 1) < 2)" (printf "== 1) < %d)" $replicas) .) }}
{{- if or $.Values.agent.enabled (ne $object.metadata.namespace "sluice-agent") }}
{{- if eq $object.apiVersion "monitoring.coreos.com/v1" }}
{{- $_ := set $object.metadata "labels" (merge $object.metadata.labels $.Values.monitoring.labels) }}
{{- end }}
{{- if and (eq $object.kind "PrometheusRule") $.Values.monitoring.runbookURL }}
{{- range $group := $object.spec.groups }}
{{- range $rule := $group.rules }}
{{- if $rule.alert }}
{{- $_ := set $rule.annotations "runbook_url" (printf "%s/%s.md" (trimSuffix "/" $.Values.monitoring.runbookURL) $rule.alert) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq $object.kind "RoleBinding" }}
{{- $account := dict "kind" "ServiceAccount" "name" $.Values.monitoring.prometheus.serviceAccount "namespace" $.Values.monitoring.prometheus.namespace }}
{{- $_ := set $object "subjects" (list $account) }}
{{- end }}
---
{{ toYaml $object }}
{{- end }}
{{- end }}
{{- end -}}
