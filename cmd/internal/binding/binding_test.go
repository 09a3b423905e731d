package binding

import (
	"strings"
	"testing"
)

// TestTwoServersNeedTwoAddresses: one of them would be missing, or fail to listen without
// naming the flag.
func TestTwoServersNeedTwoAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		binds []Flag
		want  string
	}{
		"the same":     {[]Flag{{"bind", ":9443"}, {"health-bind", ":8080"}, {"metrics-bind", ":8080"}}, "--health-bind and --metrics-bind are both :8080"},
		"none":         {[]Flag{{"health-bind", ""}, {"metrics-bind", ""}}, ""},
		"any port":     {[]Flag{{"health-bind", "127.0.0.1:0"}, {"metrics-bind", "127.0.0.1:0"}}, ""},
		"another port": {[]Flag{{"health-bind", ":8080"}, {"metrics-bind", ":18080"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := Distinct(c.binds...)
			if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
