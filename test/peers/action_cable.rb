# Action Cable of Rails on puma, without an application around it. Told its port as the other peers; GET answers with what
# it has counted.
require 'json'
require 'logger'
require 'rack'
require 'puma'
require 'puma/server'
require 'action_cable'
require 'active_support/all'

COUNTS = Concurrent::Map.new
def count(name) = COUNTS.compute(name) { |old| (old || 0) + 1 }

module ApplicationCable
  class Connection < ActionCable::Connection::Base
    def connect
      reject_unauthorized_connection if request.params['token'] == 'wrong'
      count('connections')
    end
  end
end

# What one broadcasts, all hear.
class ChatChannel < ActionCable::Channel::Base
  def subscribed
    return reject if params['room'].to_s == 'closed'

    count('subscriptions')
    stream_from(name)
  end

  def announce(data)
    count('actions')
    ActionCable.server.broadcast(name, data.except('action'))
  end

  # To the one who asked.
  def ask(data)
    transmit({ 'answer' => data['question'] })
  end

  private

  def name = "chat:#{params['room']}"
end

config = ActionCable.server.config
config.cable = { 'adapter' => 'async' }
config.logger = Logger.new(File::NULL)
config.connection_class = -> { ApplicationCable::Connection }
config.disable_request_forgery_protection = true

app = lambda do |env|
  next ActionCable.server.call(env) if env['HTTP_UPGRADE']

  [200, { 'Content-Type' => 'application/json' }, [COUNTS.each_pair.to_h.to_json]]
end

server = Puma::Server.new(app, Puma::Events.null)
port = server.add_tcp_listener('127.0.0.1', 0).addr[1]
server.run
puts({ port: port, pid: Process.pid }.to_json)
$stdout.flush
# It ends with its parent.
$stdin.read
exit!
