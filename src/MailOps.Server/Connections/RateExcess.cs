namespace MailOps.Server.Connections;

/// <summary>A limit of rate that a client has come up against.</summary>
/// <param name="Reason">Which, and when to come again, in a few words.</param>
/// <param name="Wait">How long until there is room for one more.</param>
internal sealed record RateExcess(string Reason, TimeSpan Wait);
