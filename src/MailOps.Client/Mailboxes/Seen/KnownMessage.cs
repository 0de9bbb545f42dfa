namespace MailOps.Client.Mailboxes.Seen;

/// <summary>A message that was saved, or given to a pipeline.</summary>
/// <param name="Uidl">Its unique id.</param>
/// <param name="Time">When.</param>
/// <param name="Hash">What its octets are told by; null where they were not read as a whole.</param>
internal sealed record KnownMessage(string Uidl, DateTimeOffset Time, UInt128? Hash);
