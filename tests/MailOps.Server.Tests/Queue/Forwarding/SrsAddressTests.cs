using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailOps.Server.Queue.Forwarding;
using MailOps.Smtp;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Queue.Forwarding;

/// <summary>Return paths of the Sender Rewriting Scheme, made and read by ourselves and by postsrsd.</summary>
public sealed class SrsAddressTests
{
    private static readonly byte[] Secret = "tops3cret"u8.ToArray();
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("alice@example.com", "SRS0=rYpU=JS=example.com=alice@fwd.example")]
    [InlineData("Alice.B+x@Example.COM", "SRS0=IBDd=JS=Example.COM=Alice.B+x@fwd.example")]
    [InlineData("a=b@x.example", "SRS0=Kmfb=JS=x.example=a=b@fwd.example")]
    [InlineData("SRS0=HHHH=TT=orig.example=bob@other.example", "SRS1=c2GA=other.example==HHHH=TT=orig.example=bob@fwd.example")]
    [InlineData("SRS0+HHHH=TT=orig.example=bob@other.example", "SRS1=Cr8Q=other.example=+HHHH=TT=orig.example=bob@fwd.example")]
    [InlineData("SRS1=aaaa=first.example==HHHH=TT=orig.example=bob@second.example", "SRS1=ACJp=first.example==HHHH=TT=orig.example=bob@fwd.example")]
    public void A_sender_is_rewritten_as_postsrsd_has_done_it(string sender, string expected) =>
        Assert.Equal(expected, SrsAddress.Rewrite(Path(sender), "fwd.example", Secret, Now)!.Value.ToString());

    [Theory]
    [InlineData("alice@example.com")]
    [InlineData("a=b@x.example")]
    [InlineData("\"a b\"@x.example")]
    [InlineData("ann@[192.0.2.1]")]
    [InlineData("jürgen@bücher.example")]
    [InlineData("SRS0=HHHH=JS=orig.example=bob@other.example")]
    public void What_is_rewritten_comes_back_for_21_days(string sender)
    {
        var path = SrsAddress.Rewrite(Path(sender), "fwd.example", Secret, Now)!.Value;
        path = Path(path.ToString());
        foreach (var day in new[] { 0, 1, 21 })
            Assert.Equal(sender, SrsAddress.Read(path, [Secret], Now.AddDays(day)).Original.ToString());
        Assert.Equal("is a return path of more than 21 days ago", SrsAddress.Read(path, [Secret], Now.AddDays(22)).Problem);
        Assert.Equal("is a return path of more than 21 days ago", SrsAddress.Read(path, [Secret], Now.AddDays(-1)).Problem);
    }

    [Theory]
    [InlineData("ann@[192.0=.2.1]")]
    [InlineData("\"\"@x.example")]
    public void A_sender_that_could_not_be_read_out_of_it_again_stays(string sender) => Assert.Null(SrsAddress.Rewrite(Path(sender), "fwd.example", Secret, Now));

    [Theory]
    [InlineData("user@Xvictim.example", "JSX=victim.example=user")]
    [InlineData("user@Xvictim.example", "J=SXvictim.example=user")]
    [InlineData("user@Xvictim.example", "=JSXvictim.example=user")]
    [InlineData("user@1victim.example", "JS1=victim.example=user")]
    public void A_stamp_cannot_be_shifted_into_one_that_never_ends(string sender, string parts)
    {
        var made = SrsAddress.Rewrite(Path(sender), "fwd.example", Secret, Now)!.Value.LocalPart;
        var shifted = new SmtpPath(made[..10] + parts, "fwd.example");
        foreach (var time in new[] { Now, Now.AddYears(3) })
            Assert.Equal(new SrsAddress.Reading(null, "is no return path of this server: its stamp is no day, which is two of the letters A to Z and digits 2 to 7"), SrsAddress.Read(shifted, [Secret], time));
    }

    [Fact]
    public void The_path_of_another_forwarder_cannot_be_shifted_into_one_of_any_day()
    {
        // The hash of SRS1 is over host and rest, that of SRS0 over day, host and user: the beginning of the one host would be a day.
        foreach (var (sender, parts) in new[]
        {
            ("SRS0+tag@JSvictim.exampleuser", "JS=victim.example=user+tag"),
            ("SRS0=HH=TT=o.example=bob@JSvictim.example", "JS=victim.example==HH=TT=o.example=bob"),
            ("SRS0-HH=TT=o.example=bob@JSvictim.example", "JS=victim.example-HH=TT=o.example=bob"),
        })
        {
            var hash = SrsAddress.Rewrite(Path(sender), "fwd.example", Secret, Now)!.Value.LocalPart[5..9];
            Assert.Null(SrsAddress.Read(new SmtpPath($"SRS0={hash}={parts}", "fwd.example"), [Secret], Now).Original);
        }
    }

    [Theory]
    [InlineData("SRS1=aaaa=first.example@second.example")]
    [InlineData("SRS0+tag@second.example")]
    [InlineData("SRS0=a=b@second.example")]
    public void What_only_looks_like_a_path_of_another_forwarder_is_rewritten_as_any_sender(string sender)
    {
        var path = SrsAddress.Rewrite(Path(sender), "fwd.example", Secret, Now)!.Value;
        Assert.StartsWith("SRS0=", path.LocalPart, StringComparison.Ordinal);
        Assert.Equal(sender, SrsAddress.Read(path, [Secret], Now).Original.ToString());
    }

    [Theory]
    [InlineData("SRS1=aaaa=first.example=nothing@second.example")]
    [InlineData("SRS1=aaaa=first.example=HHHH=TT=orig.example=bob@second.example")]
    [InlineData("a=b=c=d@x.example")]
    public void A_sender_that_could_be_taken_for_the_other_kind_stays(string sender) => Assert.Null(SrsAddress.Rewrite(Path(sender), "fwd.example", Secret, Now));

    [Fact]
    public void The_stamp_of_another_forwarder_counts_where_it_is_one() =>
        Assert.Equal("SRS0=HHHH=a-number=orig.example=bob@other.example", SrsAddress.Read(SrsAddress.Rewrite(Path("SRS0=HHHH=a-number=orig.example=bob@other.example"), "fwd.example", Secret, Now)!.Value, [Secret], Now.AddYears(1)).Original.ToString());

    [Fact]
    public void Letters_that_changed_their_case_on_the_way_are_known()
    {
        var path = SrsAddress.Rewrite(Path("Alice@Example.com"), "fwd.example", Secret, Now)!.Value;
        Assert.Equal("alice@example.com", SrsAddress.Read(path with { LocalPart = path.LocalPart.ToLowerInvariant() }, [Secret], Now).Original.ToString());
        Assert.Equal("ALICE@EXAMPLE.COM", SrsAddress.Read(path with { LocalPart = path.LocalPart.ToUpperInvariant() }, [Secret], Now).Original.ToString());
    }

    [Theory]
    [InlineData("SRS0=xxxx=JS=example.com=alice", "is no return path of this server: its hash does not fit")]
    [InlineData("SRS0=rYp=JS=example.com=alice", "is no return path of this server: its hash does not fit")]
    [InlineData("SRS0==JS=example.com=alice", "is no return path of this server: its hash does not fit")]
    [InlineData("SRS0=rYpU=JS=example.com=alice2", "is no return path of this server: its hash does not fit")]
    [InlineData("SRS0=rYpU=JT=example.com=alice", "is no return path of this server: its hash does not fit")]
    [InlineData("SRS0=rYpU=JS=example.com", "is no whole return path: a part of it is missing")]
    [InlineData("SRS0=rYpU=JS=example.com=", "is no whole return path: a part of it is missing")]
    [InlineData("SRS0=rYpU==example.com=alice", "is no return path of this server: its stamp is no day, which is two of the letters A to Z and digits 2 to 7")]
    [InlineData("SRS0=rYpU=JS==alice", "is no whole return path: a part of it is missing")]
    [InlineData("SRS1=c2GA=other.example", "is no whole return path: a part of it is missing")]
    [InlineData("SRS1=c2GA=other.example=HHHH=TT=orig.example=bob", "is no whole return path: a part of it is missing")]
    [InlineData("SRS1=c2GA=evil.example==HHHH=TT=orig.example=bob", "is no return path of this server: its hash does not fit")]
    [InlineData("SRS1=c2GA=other.example==", "is no whole return path: a part of it is missing")]
    public void What_we_have_not_made_leads_nowhere(string local, string problem)
    {
        var path = new SmtpPath(local, "fwd.example");
        Assert.True(SrsAddress.IsOne(path));
        Assert.Equal(new SrsAddress.Reading(null, problem), SrsAddress.Read(path, [Secret], Now));
    }

    [Theory]
    [InlineData("srs")]
    [InlineData("SRS0")]
    [InlineData("SRS0=")]
    [InlineData("SRS2=a=b=c=d")]
    [InlineData("SRS0.a=b=c=d")]
    [InlineData("asrs0=a=b=c=d")]
    public void Other_addresses_are_none_of_the_scheme(string local) => Assert.False(SrsAddress.IsOne(new SmtpPath(local, "fwd.example")));

    [Fact]
    public void Any_secret_verifies_and_none_does_without_one()
    {
        var path = SrsAddress.Rewrite(Path("alice@example.com"), "fwd.example", Secret, Now)!.Value;
        Assert.NotNull(SrsAddress.Read(path, ["newer"u8.ToArray(), Secret], Now).Original);
        Assert.Null(SrsAddress.Read(path, ["newer"u8.ToArray()], Now).Original);
        Assert.Null(SrsAddress.Read(path, [], Now).Original);
    }

    [Fact]
    public void A_local_part_may_be_longer_than_64_octets_and_a_path_no_longer_than_256_with_brackets_RFC5321_4_5_3_1()
    {
        var sender = Path($"{new string('a', 64)}@{new string('b', 60)}.example");
        Assert.Equal(64 + 68 + 14, SrsAddress.Rewrite(sender, "fwd.example", Secret, Now)!.Value.LocalPart.Length);
        for (var length = 160; length < 240; length++)
        {
            var rewritten = SrsAddress.Rewrite(new SmtpPath("a", string.Concat(Enumerable.Repeat("d.", length / 2)) + "example"), "fwd.example", Secret, Now);
            Assert.Equal(length / 2 * 2 + 7 + 15 + 12 <= 254, rewritten is not null);
        }
    }

    [Fact]
    public async Task Postsrsd_reads_ours_and_we_read_its()
    {
        using var folder = new PrivateFolder();
        var secrets = folder.Write("secrets", "tops3cret\nolder\n");
        var (forward, reverse) = (FreePort.Next(), FreePort.Next());
        await using var peer = await PeerProcess.StartAsync(
            Peers.Require("postsrsd", "postsrsd"),
            ["-s", secrets, "-d", "fwd.example", "-l", "127.0.0.1", "-f", forward.ToString(CultureInfo.InvariantCulture), "-r", reverse.ToString(CultureInfo.InvariantCulture)],
            forward,
            reverse);
        // Of another forwarder, today: an older stamp of his we refuse and postsrsd does not.
        var first = SrsAddress.Rewrite(Path("bob@orig.example"), "other.example", "unknown"u8.ToArray(), DateTimeOffset.UtcNow)!.Value;
        string[] senders = ["alice@example.com", "Alice.B+x@Example.COM", "a=b@x.example", $"{new string('a', 64)}@{new string('b', 60)}.example", first.ToString(), SrsAddress.Rewrite(first, "second.example", "unknown"u8.ToArray(), DateTimeOffset.UtcNow)!.Value.ToString()];
        foreach (var sender in senders)
        {
            var theirs = await AskAsync(forward, sender);
            Assert.Equal(await AskAsync(reverse, theirs), SrsAddress.Read(Path(theirs), ["tops3cret"u8.ToArray()], DateTimeOffset.UtcNow).Original.ToString());
            foreach (var secret in new[] { "tops3cret", "older" })
            {
                var ours = SrsAddress.Rewrite(Path(sender), "fwd.example", Encoding.ASCII.GetBytes(secret), DateTimeOffset.UtcNow)!.Value;
                Assert.Equal(SrsAddress.Read(ours, [Encoding.ASCII.GetBytes(secret)], DateTimeOffset.UtcNow).Original.ToString(), await AskAsync(reverse, ours.ToString()));
            }
        }

        var old = SrsAddress.Rewrite(Path("alice@example.com"), "fwd.example", "tops3cret"u8.ToArray(), DateTimeOffset.UtcNow.AddDays(-30))!.Value;
        Assert.Contains("Time stamp out of date", (await Assert.ThrowsAsync<InvalidDataException>(() => AskAsync(reverse, old.ToString()))).Message, StringComparison.Ordinal);
        Assert.NotNull(SrsAddress.Read(old, ["tops3cret"u8.ToArray()], DateTimeOffset.UtcNow).Problem);
    }

    // Postfix's tcp_table(5).
    private static async Task<string> AskAsync(int port, string address)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"get {address}\n"));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadLineAsync() ?? "";
        return answer.StartsWith("200 ", StringComparison.Ordinal) ? answer[4..] : throw new InvalidDataException($"{address}: {answer}");
    }

    private static SmtpPath Path(string text)
    {
        var reader = new SmtpReader(Encoding.UTF8.GetBytes($"<{text}>"));
        return reader.Path(out var path) ? path : throw new FormatException(text);
    }
}
