# Loads the Vagrantfile ARGV[0] with just enough of Vagrant around it, and says
# whether its communicator calls a machine ready whose port 80 is at ARGV[1].

module Vagrant
  module Errors
    class VagrantError < StandardError
      def self.error_message(_text); end
    end
  end

  # Takes any of the calls by which a plugin describes itself.
  class Component
    class << self
      %i[name communicator guest guest_capability action_hook].each { |call| define_method(call) { |*| } }
    end
  end

  def self.plugin(*)
    Component
  end

  def self.configure(_version); end
end

Machine = Struct.new(:provider)

class Provider
  def initialize(port)
    @port = port
  end

  def capability?(_name)
    true
  end

  def capability(_name)
    @port.empty? ? {} : { @port.to_i => 80 }
  end
end

load ARGV[0]
puts ScratchMachine::Communicator.new(Machine.new(Provider.new(ARGV[1]))).ready?
