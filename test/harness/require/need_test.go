package require

import "testing"

// outcome is a testing.TB that records how it ended.
type outcome struct {
	testing.TB
	skipped, failed bool
}

func (o *outcome) Helper()      {}
func (o *outcome) Skip(...any)  { o.skipped = true }
func (o *outcome) Fatal(...any) { o.failed = true; panic(o) }

func TestNothingIsSkippedWhereAllIsRequired(t *testing.T) {
	for value, want := range map[string]struct{ skipped, failed bool }{
		"":    {skipped: true},
		"all": {failed: true},
	} {
		t.Run("SLUICE_REQUIRE="+value, func(t *testing.T) {
			t.Setenv(Variable, value)
			o := &outcome{TB: t}
			func() {
				defer func() {
					if r := recover(); r != nil && r != any(o) {
						panic(r)
					}
				}()
				Programs(o, "no-such-program")
			}()
			if o.skipped != want.skipped || o.failed != want.failed {
				t.Errorf("skipped: %v, failed: %v", o.skipped, o.failed)
			}
		})
	}
}
