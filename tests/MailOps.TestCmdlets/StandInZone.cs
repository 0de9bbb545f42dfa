using System.Globalization;
using MailOps.Tests.Support;
using static MailOps.Tests.Support.StandInRecord;

namespace MailOps.TestCmdlets;

/// <summary>A name server on loopback with one of every kind of domain, for the specs; names under many.example all have an exchanger.</summary>
public sealed class StandInZone : IDisposable
{
    private readonly StandInDns _server = new(Answer);

    /// <summary>Its port on 127.0.0.1.</summary>
    public int Port => _server.Port;

    /// <summary>How many questions came.</summary>
    public int Asked => _server.Asked.Count;

    /// <summary>How many questions were under way at the same time, at the most.</summary>
    public int MostAtOnce => _server.MostAtOnce;

    /// <summary>Stops it.</summary>
    public void Dispose() => _ = _server.DisposeAsync().AsTask();

    private static StandInReply? Answer(StandInQuestion question)
    {
        var name = question.Name.ToLowerInvariant();
        return (name, question.Type) switch
        {
            ("mail.example", StandInDns.Mx) => StandInReply.Of(Mx(name, 20, "backup.mail.example"), Mx(name, 10, "mx.mail.example")),
            ("mx.mail.example", StandInDns.A) => StandInReply.Of(Address(name, "192.0.2.25")),
            ("mx.mail.example", StandInDns.Aaaa) => StandInReply.Of(Address(name, "2001:db8::25")),
            ("backup.mail.example", StandInDns.A) => StandInReply.Of(Address(name, "192.0.2.26")),
            ("null.example", StandInDns.Mx) => StandInReply.Of(Mx(name, 0, "")),
            ("implicit.example", StandInDns.A) => StandInReply.Of(Address(name, "192.0.2.80")),
            ("alias.example", StandInDns.Mx) => StandInReply.Of(Alias(name, "mail.example"), Mx("mail.example", 10, "mx.mail.example")),
            ("xn--bcher-kva.example", StandInDns.Mx) => StandInReply.Of(Mx(name, 5, "mx.xn--bcher-kva.example")),
            ("loop.example", StandInDns.Mx) => StandInReply.Of(Mx(name, 0, "localhost")),
            ("broken.example", _) => StandInReply.ServerFailure,
            ("refused.example", _) => new StandInReply { ResponseCode = 5 },
            ("silent.example", _) => null,
            ("missing.example", _) => StandInReply.NameError,
            (_, StandInDns.Mx) when name.EndsWith(".many.example", StringComparison.Ordinal) =>
                new StandInReply { Records = [Mx(name, 10, "mx." + name)], Until = Task.Delay(1 + name.Length % 3) },
            _ => StandInReply.Of(),
        };
    }

    /// <summary>So many domains that all have an exchanger.</summary>
    public static string[] ManyDomains(int count) =>
        [.. Enumerable.Range(1, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"d{i}.many.example"))];
}
