// Package monitoring proves what manifests/components/monitoring promises: promtool runs the
// alerts against made-up series, and a real Prometheus scrapes the real webhook, a real agent
// and a real kube-apiserver, so that no rule and no panel asks for what nobody exposes. The
// runbooks are held to the alerts, and their commands to the programs.
package monitoring
