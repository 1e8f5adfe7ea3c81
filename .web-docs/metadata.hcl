# For the HashiCorp Developer site.
integration {
  name        = "Scratchmachine"
  description = "Ship a Go program as a whole machine: a kernel, one static binary, nothing else."
  identifier  = "packer/scratchmachine/scratchmachine"
  component {
    type = "builder"
    name = "files"
    slug = "files"
  }
  component {
    type = "data-source"
    name = "alpine"
    slug = "alpine"
  }
  component {
    type = "post-processor"
    name = "scratchmachine"
    slug = "scratchmachine"
  }
}
