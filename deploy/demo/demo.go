// Package demo carries the demo's files: a network, a consent, two referrals, and in
// folders of their own the networks of other stories with what is asked in them. Every
// agency, person and place in them is invented.
package demo

import "embed"

// Files is this folder's YAML and the consent form, and those of the folders.
//
//go:embed *.yaml *.txt a b
var Files embed.FS
