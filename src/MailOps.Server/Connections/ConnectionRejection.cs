namespace MailOps.Server.Connections;

/// <summary>A client that is turned away because of who it is.</summary>
/// <param name="Reason">Why, in a few words, for the event.</param>
/// <param name="Line">The line, with its CRLF, that says so in the place of a greeting.</param>
internal sealed record ConnectionRejection(string Reason, string Line);
