package validation

import (
	"fmt"
	"net/netip"
)

// adviseOnLists warns about what is well-formed but probably won't do what the user wants.
func (r *listReview) adviseOnLists(flows Flows) {
	if flows.IsEmpty() {
		return
	}
	pods, services := networksOf(&r.in.Object)
	for i := range r.lists {
		l := &r.lists[i]
		if l.excess {
			continue // the list must become shorter first, and a hostile one may be very long
		}
		for _, e := range l.entries {
			if !e.readable() {
				continue
			}
			c := CollectorContext{
				Format: l.format, Addr: e.reading.collector,
				PodNetworks: pods, ServiceNetworks: services, Elsewhere: r.elsewhere(l.format, e),
			}
			for _, check := range r.checks.collectors {
				if message := check.run(c); message != "" {
					r.advise(l.finding(check.rule, e, message))
				}
			}
		}
	}
	c := ObjectContext{Object: r.in.Object, Flows: flows}
	for i := range r.lists {
		c.Positions[i] = r.lists[i].position
	}
	r.adviseOnObject(c)
}

// elsewhere is the place at which an earlier list has the same collector.
func (r *listReview) elsewhere(f Format, e entry) string {
	for i := range r.lists[:f] {
		other := &r.lists[i]
		if index, ok := other.seen.find(key{collector: e.reading.collector}); ok {
			return fmt.Sprintf("%s.collectors[%d]", other.format.Field(), index)
		}
	}
	return ""
}

// adviseOnObject runs the checks of whole objects.
func (f *findings) adviseOnObject(c ObjectContext) {
	for _, check := range f.checks.objects {
		if finding, ok := check.run(c); ok {
			finding.Rule = check.rule
			f.advise(finding)
		}
	}
}

// networksOf reads the object's own pod and service networks; what is not a CIDR is the
// Cluster Network Operator's to report.
func networksOf(o *Object) (pods, services []netip.Prefix) {
	room := make([]netip.Prefix, 2) // one of each, as nearly every cluster has
	pods, services = room[:0:1], room[1:1:2]
	for _, item := range head(o.ClusterNetwork.Items) {
		if prefix, err := netip.ParsePrefix(item.Get("cidr").Text); err == nil {
			pods = append(pods, prefix)
		}
	}
	for _, item := range head(o.ServiceNetwork.Items) {
		if prefix, err := netip.ParsePrefix(item.Text); err == nil {
			services = append(services, prefix)
		}
	}
	return pods, services
}

// maxNetworks is far more networks than a cluster has. A hostile object may list any number,
// and each is compared with each collector.
const maxNetworks = 64

func head(items []Value) []Value { return items[:min(len(items), maxNetworks)] }
