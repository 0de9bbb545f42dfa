namespace MailOps.Server.Imap.Commands;

/// <summary>One thing that an APPEND says before octets or between them.</summary>
/// <param name="Kind">What.</param>
/// <param name="Item">What stands before a message that begins with it.</param>
/// <param name="Url">The URL as it was given, of a part that is one.</param>
internal readonly record struct AppendStep(AppendStepKind Kind, AppendItem Item, string Url = "");

/// <summary>The kinds of <see cref="AppendStep"/>.</summary>
internal enum AppendStepKind
{
    /// <summary>A message begins, whose octets follow.</summary>
    Message,

    /// <summary>A message begins that is made of parts (CATENATE, RFC 4469).</summary>
    Parts,

    /// <summary>A part that lies in a mailbox.</summary>
    Url,

    /// <summary>The message of parts ends.</summary>
    EndOfParts,
}
