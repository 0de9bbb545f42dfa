using MailOps.Server.Connections;

namespace MailOps.Server.Hosting;

/// <summary>Running totals of a server, counted from its events.</summary>
public sealed class ServerCounters
{
    private long _open;
    private long _connections;
    private long _refusedConnections;
    private long _commands;
    private long _logins;
    private long _failedLogins;
    private long _messages;
    private long _octets;
    private long _refused;
    private long _faults;

    /// <summary>Connections that are open now.</summary>
    public long OpenConnections => Interlocked.Read(ref _open);

    /// <summary>Connections since the start, those turned away not counted.</summary>
    public long Connections => Interlocked.Read(ref _connections);

    /// <summary>Clients turned away by a limit.</summary>
    public long ConnectionsRefused => Interlocked.Read(ref _refusedConnections);

    /// <summary>Commands carried out.</summary>
    public long Commands => Interlocked.Read(ref _commands);

    /// <summary>Successful logins.</summary>
    public long Logins => Interlocked.Read(ref _logins);

    /// <summary>Failed logins.</summary>
    public long FailedLogins => Interlocked.Read(ref _failedLogins);

    /// <summary>Messages accepted over SMTP.</summary>
    public long MessagesAccepted => Interlocked.Read(ref _messages);

    /// <summary>Octets of those.</summary>
    public long OctetsAccepted => Interlocked.Read(ref _octets);

    /// <summary>Senders, recipients and messages refused.</summary>
    public long Refusals => Interlocked.Read(ref _refused);

    /// <summary>Faults of the server's own: bugs and disk errors.</summary>
    public long Faults => Interlocked.Read(ref _faults);

    internal void Count(ServerEvent happened)
    {
        switch (happened)
        {
            case CommandReceived:
                Interlocked.Increment(ref _commands);
                break;
            case ConnectionOpened:
                Interlocked.Increment(ref _open);
                Interlocked.Increment(ref _connections);
                break;
            case ConnectionClosed:
                Interlocked.Decrement(ref _open);
                break;
            case ConnectionRefused:
                Interlocked.Increment(ref _refusedConnections);
                break;
            case LoginSucceeded:
                Interlocked.Increment(ref _logins);
                break;
            case LoginFailed:
                Interlocked.Increment(ref _failedLogins);
                break;
            case MessageAccepted accepted:
                Interlocked.Increment(ref _messages);
                Interlocked.Add(ref _octets, accepted.Size);
                break;
            case MailRefused:
                Interlocked.Increment(ref _refused);
                break;
            case SessionFaulted or ServerFaulted:
                Interlocked.Increment(ref _faults);
                break;
        }
    }
}
