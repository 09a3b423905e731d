package agent

import (
	"errors"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
)

// Lock is the lock of a node. Only the agent that has it writes to Open vSwitch.
type Lock interface {
	// Take tries to get it; nil if this agent has it. The error is an *ovs.LockError.
	Take() error
	// Held looks without taking it; nil unless another process has it. The error is an *ovs.LockError.
	Held() error
}

// lockRetry is how often an agent without the lock tries to get it.
const lockRetry = time.Second

// takeLock tries to get the lock, if the agent may ever write. It keeps the lock while a profile lets it
// only observe, so that no other agent writes meanwhile. An agent that never writes only looks whether
// another one has it, which reports then.
func (a *Agent) takeLock() *ovs.LockError {
	if a.config.Lock == nil {
		a.metrics.locked.forget()
		a.lock = nil
		return nil
	}
	take := a.config.Lock.Take
	if a.config.Mode == v1alpha1.ModeObserve {
		take = a.config.Lock.Held
	}
	err, failed := errors.AsType[*ovs.LockError](take())
	if !failed {
		err = nil
	}
	switch {
	case err != nil && a.lock == nil:
		a.log.Info("without the lock, this agent writes nothing to Open vSwitch", "cause", err.Cause, "reason", err.Error())
	case err == nil && a.lock != nil && a.config.Mode != v1alpha1.ModeObserve:
		a.log.Info("the agent has the lock of the node")
	}
	a.lock = err
	a.metrics.locked.set(map[bool]float64{true: 1, false: 0}[err == nil])
	return err
}

// quiet reports whether another agent reports about the node. This one does it once, in case the other
// one does not; two reports would overwrite each other for as long as both agents run. It also gives
// no signs of life, which would be taken for those of the other agent.
func (a *Agent) quiet() bool { return a.lock != nil && a.lock.Cause == ovs.LockHeld }
