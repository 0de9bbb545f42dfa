namespace MailOps.Server.Queue.Administration;

/// <summary>Whose mail is asked about.</summary>
/// <param name="Recipient">The address that it is for.</param>
/// <param name="Sender">The address that it comes from, where that has a route of its own; null for anybody.</param>
public sealed record RouteQuestion(string Recipient, string? Sender = null);
