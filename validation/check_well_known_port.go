package validation

import "fmt"

// RuleWellKnownPort finds a port on which another service usually listens.
const RuleWellKnownPort Rule = "well-known-port"

// wellKnownPort warns about ports at which no collector can be expected. Ports that receive
// data from the network as collectors do, such as 162 (SNMP traps) and 514 (syslog), and
// ports that many programs share, such as 8080 and 9090, are left out.
func wellKnownPort() Check {
	return Check{
		Rule: RuleWellKnownPort, Effect: Warns,
		Summary: "A port on which another well-known service listens, such as 443 (HTTPS)",
		Example: "`192.168.1.99:443` is probably a web server, which ignores flow records.\n" +
			"Write the port that the collector listens on: `192.168.1.99:2055`.",
		Collector: func(c CollectorContext) string {
			service := wellKnownService(c.Addr.Port())
			if service == "" {
				return ""
			}
			return fmt.Sprintf("uses port %d, which is usually %s; the usual port of %s collectors is %d",
				c.Addr.Port(), service, c.Format, c.Format.UsualPort())
		},
	}
}

// wellKnownService names the service that usually has a port: IANA's assignments, and the
// ports of the Kubernetes control plane. It is empty for any other port.
func wellKnownService(port uint16) string {
	switch port {
	case 22:
		return "SSH"
	case 53:
		return "DNS"
	case 80:
		return "HTTP"
	case 123:
		return "NTP"
	case 443:
		return "HTTPS"
	case 2379, 2380:
		return "etcd"
	case 6443:
		return "the Kubernetes API server"
	case 10250:
		return "the kubelet"
	}
	return ""
}
