namespace MailOps.Server.Pop3;

/// <summary>What a POP3 listener offers and takes.</summary>
public sealed record Pop3Options
{
    /// <summary>The server's name in its greeting.</summary>
    public required string HostName { get; init; }

    /// <summary>The longest command line in octets. RFC 2449 section 4 asks for 255; SASL responses need more.</summary>
    public int MaxLineLength { get; init; } = 12 * 1024;

    /// <summary>Errors after which a client is cut off.</summary>
    public int MaxErrors { get; init; } = 20;

    /// <summary>What the administrator decides.</summary>
    public Pop3Rules Rules { get; init; } = new();

    /// <summary>How long a client may be silent before its login.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a client may be here without a login, whatever it sends meanwhile: as long as in Dovecot.</summary>
    public TimeSpan TotalLoginTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long a client may be silent after its login. RFC 1939 section 3 asks for at least ten minutes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);
}
