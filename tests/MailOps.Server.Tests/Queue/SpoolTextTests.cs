using System.Text;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;
using Xunit;

namespace MailOps.Server.Tests.Queue;

public sealed class SpoolTextTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 29, 1, 40, 0, TimeSpan.Zero);

    private static readonly Envelope Whole = new()
    {
        Sender = "\"a b\"@a.example",
        Recipients =
        [
            new EnvelopeRecipient { Address = "jürgen@bücher.example", NextHop = "xn--bcher-kva.example", Notify = DsnNotify.Success | DsnNotify.Delay, Original = "utf-8;jürgen@old.example" },
            new EnvelopeRecipient { Address = "b@b.example", NextHop = "b.example" },
            new EnvelopeRecipient { Address = "c@c.example", NextHop = "c.example", Via = "sales@here.example", ReturnPath = "SRS0=HASH=TT=a.example=b@here.example" },
        ],
        Expires = Time.AddDays(5),
        EnvelopeId = "\"QQ\" 314159",
        Return = DsnReturn.Headers,
        Body = MessageBody.EightBit,
        IsUtf8 = true,
        RequiresTls = true,
        DeliverBy = new DeliverBy { Time = Time.AddMinutes(20), Returns = true },
        Login = "a@a.example",
        Client = "2001:db8::1",
    };

    private static readonly SpoolRecord Deferred = new()
    {
        Time = Time,
        Event = SpoolEvent.Deferred,
        Recipients = [1, 2],
        Host = "mx.example",
        Remote = "[2001:db8::2]:25",
        Reply = "450 4.2.0 Busy",
        Until = Time.AddMinutes(5),
    };

    private static readonly SpoolRecord Sent = new() { Time = Time, Event = SpoolEvent.Sent, Recipients = [2], Reply = "250 2.0.0 Ok" };

    [Fact]
    public void An_envelope_and_what_became_of_it_come_back_as_they_were()
    {
        Assert.True(SpoolText.TryRead([.. SpoolText.Begin(Whole), .. SpoolText.Lines([Deferred]), .. SpoolText.Lines([Sent])], out var envelope, out var records));
        Assert.Equal(Whole.Recipients, envelope.Recipients);
        Assert.Equal(Whole with { Recipients = envelope.Recipients }, envelope);
        Assert.Equal([Describe(Deferred), Describe(Sent)], records.Select(Describe));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_deadline_of_each_kind_comes_back(bool returns, bool traces)
    {
        var by = new DeliverBy { Time = Time, Returns = returns, Traces = traces };
        Assert.True(SpoolText.TryRead(SpoolText.Begin(Whole with { DeliverBy = by }), out var envelope, out _));
        Assert.Equal(by, envelope.DeliverBy);
    }

    [Fact]
    public void The_sets_of_forwarded_copies_come_back_as_they_were()
    {
        var seals = new Dictionary<string, string> { ["here.example"] = "ARC-Seal: i=1; b=x\r\n", ["b\u00fccher.example"] = "ARC-Seal: i=2;\r\n b=\"y\"\r\n" };
        Assert.True(SpoolText.TryRead(SpoolText.Begin(Whole with { Seals = seals }), out var envelope, out _));
        Assert.Equal(seals, envelope.Seals);
    }

    [Fact]
    public void It_can_be_read_by_people()
    {
        var text = Encoding.UTF8.GetString([.. SpoolText.Begin(Whole), .. SpoolText.Lines([Deferred])]);
        Assert.Contains("\"address\":\"jürgen@bücher.example\"", text, StringComparison.Ordinal);
        Assert.Contains("\"event\":\"Deferred\",\"recipients\":[1,2]", text, StringComparison.Ordinal);
        Assert.Equal(1, text.Split('\n').Count(line => line.StartsWith("-- MailOps queue entry", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_line_that_was_torn_is_passed_over_and_takes_none_with_it()
    {
        byte[] start = SpoolText.Begin(Whole);
        byte[] torn = SpoolText.Lines([Deferred]);
        for (var length = 0; length < torn.Length - 1; length++)
        {
            Assert.True(SpoolText.TryRead([.. start, .. torn[..length], .. SpoolText.Lines([Sent])], out _, out var records));
            // What lacks nothing but its line end is ended by the next.
            Assert.Equal(length == torn.Length - 1 ? 2 : 1, records.Count);
            Assert.Equal(SpoolEvent.Sent, records[^1].Event);
        }
    }

    [Fact]
    public void An_envelope_that_is_not_whole_is_none()
    {
        byte[] start = SpoolText.Begin(Whole);
        for (var length = 0; length < start.Length; length++)
            Assert.False(SpoolText.TryRead(start.AsSpan(0, length), out _, out _));
    }

    [Fact]
    public void An_envelope_from_before_there_were_aliases_that_lead_elsewhere_is_read()
    {
        var mark = Encoding.UTF8.GetString(SpoolText.Begin(Whole)).Split('\n')[1];
        Assert.True(SpoolText.TryRead(Encoding.UTF8.GetBytes($"\n{mark}\n{{\"sender\":\"a@b\",\"recipients\":[{{\"address\":\"c@d\",\"nextHop\":\"d\"}}],\"expires\":\"2026-11-29T01:40:00Z\"}}\n"), out var envelope, out _));
        Assert.Equal(new EnvelopeRecipient { Address = "c@d", NextHop = "d" }, Assert.Single(envelope.Recipients));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"sender\":\"a@b\",\"recipients\":[],\"expires\":\"2026-11-29T01:40:00Z\"}")]
    [InlineData("{\"sender\":\"a@b\",\"recipients\":[null],\"expires\":\"2026-11-29T01:40:00Z\"}")]
    [InlineData("{\"sender\":null,\"recipients\":[{\"address\":\"a\",\"nextHop\":\"b\"}],\"expires\":\"2026-11-29T01:40:00Z\"}")]
    [InlineData("{\"sender\":\"a@b\",\"recipients\":[{\"address\":\"a\"}],\"expires\":\"2026-11-29T01:40:00Z\"}")]
    public void JSON_that_is_no_envelope_is_none(string json)
    {
        var mark = Encoding.UTF8.GetString(SpoolText.Begin(Whole)).Split('\n')[1];
        Assert.False(SpoolText.TryRead(Encoding.UTF8.GetBytes($"\n{mark}\n{json}\n"), out _, out _));
    }

    private static string Describe(SpoolRecord record) =>
        $"{record.Time:O} {record.Event} {string.Join(',', record.Recipients)} {record.Host} {record.Remote} {record.Reply} {record.Until:O}";
}
