package node

import (
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/node/idempotency"
	"github.com/posada-exchange/posada/services/node/post"
)

// Steps of a request with a key, beside those of post, for tests that kill a node at one.
const (
	StepCarriedOut post.Step = "carried out" // what was asked is on the disk, and nothing says so
	StepNoted      post.Step = "noted"       // that it was is on the disk, and nobody was answered
)

// stepped tells of both.
type stepped struct {
	*idempotency.Keys
	step func(post.Step) // nil: nobody listens
}

func (s stepped) End(by posada.StaffID, key string, status int) error {
	s.at(StepCarriedOut)
	defer s.at(StepNoted)
	return s.Keys.End(by, key, status)
}

func (s stepped) at(step post.Step) {
	if s.step != nil {
		s.step(step)
	}
}
