namespace MailOps.Server.Hosting;

/// <summary>What an event is about.</summary>
public enum MailServerEventKind
{
    /// <summary>A client came, was introduced by a proxy, was turned away, or went.</summary>
    Connection,

    /// <summary>A TLS handshake succeeded or failed.</summary>
    Tls,

    /// <summary>A command is carried out.</summary>
    Command,

    /// <summary>A login succeeded.</summary>
    Login,

    /// <summary>A login failed, was not tried because too many had failed, or locked its address or account.</summary>
    LoginFailure,

    /// <summary>A message was accepted or sent on, or a report of one was sent.</summary>
    Message,

    /// <summary>A message was sent to another server, deferred or given up, or its sender was told.</summary>
    Outbound,

    /// <summary>A sender, a recipient or a message was refused.</summary>
    Refusal,

    /// <summary>Something of the server's own broke, or a file of its has a line that cannot be read.</summary>
    Fault,

    /// <summary>A fault was played that Set-MailServerFault had set.</summary>
    InjectedFault,

    /// <summary>Events that whoever watches was too slow for.</summary>
    Gap,
}
