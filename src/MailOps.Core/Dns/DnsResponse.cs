using DnsClient;

namespace MailOps.Dns;

/// <summary>One response of a name server, or the reason why there is none.</summary>
/// <param name="Status">Answered for NOERROR, with or without records.</param>
/// <param name="Message">The response, or null.</param>
/// <param name="Detail">What was seen.</param>
/// <param name="Authenticated">Whether it has the AD bit, and is from a name server that is believed.</param>
internal readonly record struct DnsResponse(DnsStatus Status, IDnsQueryResponse? Message, string Detail, bool Authenticated = false);
