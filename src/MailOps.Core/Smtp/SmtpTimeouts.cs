namespace MailOps.Smtp;

/// <summary>How long a client waits for each step (RFC 5321 section 4.5.3.2).</summary>
public sealed record SmtpTimeouts
{
    /// <summary>The RFC's minimum values: right for a queue, long for a person.</summary>
    public static SmtpTimeouts Standard { get; } = new();

    /// <summary>For the connection.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>For the greeting (section 4.5.3.2.1).</summary>
    public TimeSpan Greeting { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For a TLS handshake.</summary>
    public TimeSpan Handshake { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>For the reply to a command (sections 4.5.3.2.2 and 4.5.3.2.3).</summary>
    public TimeSpan Command { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For the reply to DATA (section 4.5.3.2.4).</summary>
    public TimeSpan DataStart { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For the peer to take a block of content (section 4.5.3.2.5).</summary>
    public TimeSpan DataBlock { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>For the reply to the final dot (section 4.5.3.2.6).</summary>
    public TimeSpan DataEnd { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>For the reply to QUIT, which nothing depends on any more.</summary>
    public TimeSpan Quit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The same time for every step; QUIT gets five seconds at the most.</summary>
    public static SmtpTimeouts All(TimeSpan time) => new()
    {
        Connect = time,
        Greeting = time,
        Handshake = time,
        Command = time,
        DataStart = time,
        DataBlock = time,
        DataEnd = time,
        Quit = time < Standard.Quit ? time : Standard.Quit,
    };
}
