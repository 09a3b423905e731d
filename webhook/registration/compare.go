package registration

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/utils/ptr"
)

// Target says where API servers must send reviews.
type Target struct {
	// Loopback is the port on which a webhook serves reviews on the loopback address of each
	// API server. 0 means that API servers call the Service of the manifests, and Inferred that
	// the caller does not know.
	Loopback int
	// Path reports whether a webhook may call a path; fixed is the FixedPath of its kind. Nil
	// allows the fixed path only.
	Path func(fixed, path string) bool
}

func (t Target) allows(fixed, path string) bool {
	if t.Path == nil {
		return path == fixed
	}
	return t.Path(fixed, path)
}

// Inferred is the Loopback of a caller that does not know where the webhook serves.
const Inferred = -1

// Resolve replaces Inferred by what most webhooks of an installation call. The webhooks that call
// something else then differ from the target.
func (t Target) Resolve(all []Webhook) Target {
	if t.Loopback != Inferred {
		return t
	}
	count := map[int]int{}
	for _, w := range all {
		port := 0
		if _, p, ok := loopback(ptr.Deref(w.ClientConfig.URL, "")); ok {
			port = p
		}
		count[port]++
	}
	t.Loopback = 0
	for _, port := range slices.Sorted(maps.Keys(count)) {
		if count[port] > count[t.Loopback] {
			t.Loopback = port
		}
	}
	return t
}

// loopback parses a URL that calls the loopback address of the API server.
func loopback(address string) (path string, port int, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", 0, false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil || !ip.IsLoopback() {
		return "", 0, false
	}
	port = 443
	if text := u.Port(); text != "" {
		if port, err = strconv.Atoi(text); err != nil {
			return "", 0, false
		}
	}
	return u.Path, port, true
}

// Differences lists the differences from the manifests. Every field counts, because every field
// decides which requests are reviewed, where the reviews go, or what a failed call means. Only the
// caBundle is not in the manifests: see CABundleProblem and TrustProblem. The target must be
// resolved.
func Differences(want, got []Webhook, target Target) []string {
	var list []string
	for _, w := range want {
		i := slices.IndexFunc(got, func(g Webhook) bool { return g.Name == w.Name })
		if i < 0 {
			if !isOptional(w.Name) {
				list = append(list, w.Name+" is missing")
			}
			continue
		}
		for _, d := range append(w.targetDifferences(got[i], target), w.fieldDifferences(got[i])...) {
			list = append(list, w.Name+": "+d)
		}
	}
	for _, g := range got {
		if !slices.ContainsFunc(want, func(w Webhook) bool { return w.Name == g.Name }) {
			list = append(list, g.Name+" is not in the manifests")
		}
	}
	return list
}

func (w Webhook) fieldDifferences(got Webhook) []string {
	keys := maps.Clone(w.fields)
	maps.Copy(keys, got.fields)
	var list []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		switch {
		case reflect.DeepEqual(w.fields[key], got.fields[key]):
		case key == rulesField && !got.Active():
			list = append(list, "it has no rules yet, so that API servers do not call it; the controller adds them when a replica is ready")
		default:
			list = append(list, key+" differs from the manifests"+instead(got.fields[key], w.fields[key]))
		}
	}
	return list
}

// maxShown is how many bytes of a value a difference shows.
const maxShown = 100

// instead shows the two values of a field; it is empty for lists and objects.
func instead(got, want any) string {
	for _, value := range []any{got, want} {
		switch value.(type) {
		case string, float64, bool, int32, int:
		default:
			return ""
		}
	}
	show := func(value any) string {
		text := fmt.Sprint(value)
		if len(text) > maxShown {
			text = text[:maxShown] + "..."
		}
		return strconv.QuoteToGraphic(text)
	}
	return " (" + show(got) + " instead of " + show(want) + ")"
}

// targetDifferences compares what the API server calls.
func (w Webhook) targetDifferences(got Webhook, target Target) []string {
	wanted, fixed := w.ClientConfig.Service, PathOf(w.ClientConfig)
	if target.Loopback != 0 {
		want := fmt.Sprintf("https://127.0.0.1:%d", target.Loopback)
		address := ptr.Deref(got.ClientConfig.URL, "")
		p, port, ok := loopback(address)
		switch {
		case ok && port == target.Loopback && target.allows(fixed, p):
			return nil
		case ok && port == target.Loopback:
			return []string{"clientConfig.url has a path that the webhook does not answer"}
		case got.ClientConfig.Service != nil:
			return []string{"clientConfig calls a Service instead of " + want}
		}
		return []string{"clientConfig.url differs from where the webhook serves" + instead(withoutPath(address), want)}
	}
	s := got.ClientConfig.Service
	if s == nil {
		return []string{"clientConfig calls a URL instead of the Service" + instead(withoutPath(ptr.Deref(got.ClientConfig.URL, "")), wanted.Namespace+"/"+wanted.Name)}
	}
	var list []string
	for _, f := range []struct {
		name      string
		got, want any
	}{
		{"namespace", s.Namespace, wanted.Namespace},
		{"name", s.Name, wanted.Name},
		{"port", ptr.Deref(s.Port, 443), ptr.Deref(wanted.Port, 443)},
	} {
		if f.got != f.want {
			list = append(list, "clientConfig.service."+f.name+" differs from the manifests"+instead(f.got, f.want))
		}
	}
	if !target.allows(fixed, PathOf(got.ClientConfig)) {
		list = append(list, "clientConfig.service.path is a path that the webhook does not answer")
	}
	return list
}

// withoutPath returns the scheme and the host of a URL. The path may hold a secret.
func withoutPath(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an invalid URL"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
}

// callsSluice reports whether a webhook calls the Service of the manifests or a loopback address.
func callsSluice(c admissionregistrationv1.WebhookClientConfig) bool {
	if s := c.Service; s != nil {
		return s.Namespace == "sluice-system" && s.Name == "sluice-webhook"
	}
	_, _, ok := loopback(ptr.Deref(c.URL, ""))
	return ok
}
