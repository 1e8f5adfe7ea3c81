# Caddy serves files over HTTPS. Its certificates are issued by an authority of yours, which
# your clients trust, and whose key is therefore in the image: keep the image as safe.
#
#   packer build -var kernel=KERNEL -var ca_certificate=CA.pem -var ca_key=CA.key \
#     packer/programs/caddy

packer {
  required_version = ">= 1.11.0"
  required_plugins {
    scratchmachine = {
      version = ">= 0.1.0"
      source  = "github.com/scratchmachine/scratchmachine"
    }
  }
}

variable "kernel" {
  type        = string
  description = "The kernel: a vmlinuz, or whatever the option kernel takes."
}

variable "ca_certificate" {
  type        = string
  description = "The authority's certificate, a PEM file."
}

variable "ca_key" {
  type        = string
  description = "The authority's key, a PEM file."
}

variable "site" {
  type        = string
  default     = "localhost"
  description = "The name of the server."
}

variable "output" {
  type        = string
  default     = "output"
  description = "The folder for the ISO image."
}

# Nothing is built here: the post-processor does the work.
source "null" "machine" {
  communicator = "none"
}

build {
  sources = ["source.null.machine"]

  post-processor "scratchmachine" {
    kernel     = var.kernel
    package    = "github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9"
    args       = ["run", "--config", "/etc/caddy/Caddyfile"]
    env        = { SITE = var.site }
    output_iso = "${var.output}/caddy.iso"

    file {
      source      = "${path.root}/Caddyfile"
      destination = "/etc/caddy/Caddyfile"
    }
    file {
      source      = "${path.root}/site"
      destination = "/srv/www"
    }
    file {
      source      = var.ca_certificate
      destination = "/etc/caddy/ca.pem"
    }
    file {
      source      = var.ca_key
      destination = "/etc/caddy/ca.key"
      mode        = "0400"
      owner       = "app"
    }
  }
}
