namespace MailOps.Server.Imap;

/// <summary>What an IMAP server is told at its start: its name and its limits.</summary>
public sealed record ImapOptions
{
    /// <summary>The name in the greeting.</summary>
    public string HostName { get; init; } = "localhost";

    /// <summary>The largest message that APPEND takes, in octets.</summary>
    public long MaxMessageSize { get; init; } = 50 * 1024 * 1024;

    /// <summary>The most messages that one FETCH, STORE, SEARCH, COPY, MOVE, UID EXPUNGE or APPEND is about (RFC 9738); 0 sets no limit.</summary>
    public int MaxMessagesPerCommand { get; init; }

    /// <summary>The longest command before login, in octets, its literals counted.</summary>
    public int MaxCommandBeforeLogin { get; init; } = 14 * 1024;

    /// <summary>The longest command after login, in octets, its literals counted but not the messages of an APPEND, and each line between those.</summary>
    public int MaxCommand { get; init; } = 256 * 1024;

    /// <summary>Commands that could not be understood, and failed logins, before the connection is closed; after the login in a row.</summary>
    public int MaxErrors { get; init; } = 20;

    /// <summary>How long a client may be silent before its login.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a client may be here without a login, whatever it sends meanwhile: as long as in Dovecot.</summary>
    public TimeSpan TotalLoginTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long a client that logged in may be silent. At least 30 minutes (RFC 3501 section 5.4).</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a client may take to read what it asked for, or to go on with a message it appends.</summary>
    public TimeSpan TransferTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a command may say nothing before the client is told that it is under way (RFC 9585).</summary>
    internal TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(10);
}
