namespace MailOps.Server.Imap;

/// <summary>How a command ended: the tagged response (RFC 3501 section 7.1).</summary>
internal readonly record struct Completion(CompletionStatus Status, ResponseCode? Code, string Text)
{
    public static Completion Ok(string text) => new(CompletionStatus.Ok, null, text);

    public static Completion Ok(ResponseCode code, string text) => new(CompletionStatus.Ok, code, text);

    public static Completion No(string text) => new(CompletionStatus.No, null, text);

    public static Completion No(ResponseCode code, string text) => new(CompletionStatus.No, code, text);

    public static Completion Bad(string text) => new(CompletionStatus.Bad, null, text);

    public static Completion Bad(ResponseCode code, string text) => new(CompletionStatus.Bad, code, text);

    /// <summary>What is done right after the response was sent; false ends the session. STARTTLS begins its handshake here.</summary>
    public Func<ImapSession, ValueTask<bool>>? After { get; init; }

    /// <summary>True if sequence numbers must hold although the command is one with UIDs (RFC 7162 section 3.2.10.2, RFC 9051 section 7.5.1).</summary>
    public bool HoldsNumbers { get; init; }

    /// <summary>True if the command expunged messages: that is told whatever the client wants to hear of otherwise, and where it hears of mod-sequences with HIGHESTMODSEQ (RFC 7162 section 3.2.7).</summary>
    public bool Expunges { get; init; }

    /// <summary>The session is over and there is nobody to tell, or everything was told.</summary>
    public static Completion Hangup { get; } = new(CompletionStatus.Hangup, null, "");
}

/// <summary>The kinds of completion.</summary>
internal enum CompletionStatus
{
    Ok,
    No,
    Bad,
    Hangup,
}
