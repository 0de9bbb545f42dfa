namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>What a dialogue of a rule begins with: a session in a state of RFC 9051 section 3.</summary>
/// <param name="Stage">What the client has done before.</param>
/// <param name="Messages">The messages of john's INBOX, with UIDs from 1 on; lines end in LF here, in CRLF in the store.</param>
internal sealed record Given(Stage Stage, IReadOnlyList<string> Messages)
{
    private const string Plain = "From: a@example.com\nSubject: s\n\nText\n";

    /// <summary>A client that did not read the greeting yet.</summary>
    public static Given Connected { get; } = new(Stage.Connected, []);

    /// <summary>The same on a server that takes no password outside TLS. There is no other client.</summary>
    public static Given ConnectedInTheClear { get; } = Connected with { NeedsTls = true };

    /// <summary>The same on a port where TLS comes first.</summary>
    public static Given ConnectedInTls { get; } = Connected with { BeginsInTls = true };

    /// <summary>A client that logged in, with an empty INBOX.</summary>
    public static Given LoggedIn { get; } = new(Stage.LoggedIn, []);

    /// <summary>True if IMAP4rev2 was enabled; otherwise IMAP4rev1 is spoken.</summary>
    public bool IsRev2 { get; private init; }

    /// <summary>True if no password is taken outside TLS.</summary>
    public bool NeedsTls { get; private init; }

    /// <summary>True if TLS comes first on the port.</summary>
    public bool BeginsInTls { get; private init; }

    /// <summary>INBOX has this many messages and is selected; each is 41 octets.</summary>
    public static Given Selected(int count) => new(Stage.Selected, [.. Enumerable.Repeat(Plain, count)]);

    /// <summary>INBOX has these messages and is selected.</summary>
    public static Given Selected(params string[] messages) => new(Stage.Selected, messages);

    /// <summary>INBOX has this many messages and is not selected.</summary>
    public static Given LoggedInWith(int count) => Selected(count) with { Stage = Stage.LoggedIn };

    /// <summary>The same, with IMAP4rev2 enabled before anything is selected.</summary>
    public Given Rev2() => this with { IsRev2 = true };
}
