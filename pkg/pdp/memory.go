package pdp

import "sync"

// memorySize bounds how many decisions are remembered; when it is reached all
// are forgotten, which costs one evaluation each.
const memorySize = 1 << 16

// memory remembers answers by the whole of their facts. An error is not
// remembered.
type memory[Facts comparable, Answer any] struct {
	mu    sync.RWMutex
	known map[Facts]Answer
}

func (m *memory[Facts, Answer]) ask(facts Facts, decide func() (Answer, error)) (Answer, error) {
	m.mu.RLock()
	answer, ok := m.known[facts]
	m.mu.RUnlock()
	if ok {
		return answer, nil
	}
	answer, err := decide()
	if err != nil {
		var denied Answer
		return denied, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= memorySize {
		m.known = make(map[Facts]Answer)
	}
	m.known[facts] = answer
	return answer, nil
}
