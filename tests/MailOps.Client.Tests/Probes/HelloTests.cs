using System.IO.Pipelines;
using MailOps.Client.Probes;
using MailOps.Client.Probes.Hello;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Probes;

public sealed class HelloTests
{
    private static byte[] ServerHello(ushort version, ushort suite, ushort? selectedVersion = null, ushort? group = null, byte[]? random = null) => new HelloWriter()
        .U8(2).Vector(3, m =>
        {
            m.U16(version).Bytes(random ?? new byte[32]).Vector(1, s => s.Bytes(new byte[32])).U16(suite).U8(0);
            if (selectedVersion is not null)
                m.Vector(2, e => e.Extension(43, x => x.U16(selectedVersion.Value)).Extension(51, x => x.U16(group!.Value)));
        }).ToArray();

    private static byte[] Record(ushort version, params byte[][] messages) =>
        new HelloWriter().U8(22).U16(version).Vector(2, w => Array.ForEach(messages, m => w.Bytes(m))).ToArray();

    private static byte[] DheFlight(int primeBits)
    {
        var prime = new byte[(primeBits + 7) / 8];
        Array.Fill(prime, (byte)0xFF);
        if (primeBits % 8 != 0)
            prime[0] = (byte)((1 << (primeBits % 8)) - 1);
        var certificate = new HelloWriter().U8(11).Vector(3, m => m.Vector(3, list => list.Vector(3, c => c.Bytes([0x30, 0])))).ToArray();
        var exchange = new HelloWriter().U8(12).Vector(3, m => m.Vector(2, p => p.Bytes(prime)).Vector(2, g => g.U8(2)).Vector(2, y => y.Bytes(prime))).ToArray();
        return Record(0x0303, ServerHello(0x0303, 0x0033), certificate, exchange, [14, 0, 0, 0]);
    }

    private static async Task<HelloAnswer> AnswerAsync(byte[] octets, HelloVersion version = HelloVersion.Tls12)
    {
        await using var connection = new DuplexConnection(new OneSidedStream(octets));
        return await HelloExchange.AskAsync(connection, version, "mail.example.org", CancellationToken.None, CancellationToken.None);
    }

    [Theory]
    [InlineData(0x0300)]
    [InlineData(0x0301)]
    [InlineData(0x0302)]
    [InlineData(0x0303)]
    [InlineData(0x0304)]
    public void A_ClientHello_has_consistent_lengths_and_stays_out_of_the_range_of_RFC7685(int number)
    {
        var version = (HelloVersion)number;
        foreach (var name in new[] { null, "a.example", new string('a', 60) + ".example.org" })
        {
            var hello = ClientHello.Create(version, name);
            Assert.Equal(hello.Length - 5, hello[3] << 8 | hello[4]);
            Assert.Equal(hello.Length - 9, hello[6] << 16 | hello[7] << 8 | hello[8]);
            Assert.True(version == HelloVersion.Ssl3 || hello.Length - 5 is < 256 or >= 512, $"{hello.Length - 5} octets");
            Assert.Equal(version != HelloVersion.Ssl3 && name is not null, System.Text.Encoding.ASCII.GetString(hello).Contains(name ?? "\0none", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_server_that_takes_SSL_3_is_seen()
    {
        var answer = await AnswerAsync(Record(0x0300, ServerHello(0x0300, 0x0005), [14, 0, 0, 0]), HelloVersion.Ssl3);
        var facts = TlsVersionScan.Facts(HelloVersion.Ssl3, answer, speaksTls: true);
        Assert.Equal(("SSLv3", true, "TLS_RSA_WITH_RC4_128_SHA"), (facts.Version, facts.Taken, facts.CipherSuite));
        Assert.Equal(FindingStatus.Fail, TlsReview.Versions(MailProtocol.Smtp, [facts]).Single().Status);
        Assert.Equal(FindingStatus.Fail, TlsReview.CipherSuite(facts.CipherSuite!).Status);
    }

    [Fact]
    public async Task An_answer_in_an_older_version_is_a_refusal_of_the_one_asked_for()
    {
        var answer = await AnswerAsync(Record(0x0301, ServerHello(0x0301, 0xC014), [14, 0, 0, 0]));
        Assert.False(TlsVersionScan.Facts(HelloVersion.Tls12, answer, speaksTls: true).Taken);
    }

    [Fact]
    public async Task A_HelloRetryRequest_takes_the_version_and_names_the_group_RFC8446_4_1_4()
    {
        var retry = System.Security.Cryptography.SHA256.HashData("HelloRetryRequest"u8);
        var answer = await AnswerAsync(Record(0x0303, ServerHello(0x0303, 0x1301, 0x0304, 0x0018, retry)), HelloVersion.Tls13);
        Assert.Equal(HelloAnswerKind.HelloRetryRequest, answer.Kind);
        var facts = TlsVersionScan.Facts(HelloVersion.Tls13, answer, speaksTls: true);
        Assert.Equal((true, "secp384r1"), (facts.Taken, facts.KeyExchangeGroup));
    }

    [Theory]
    [InlineData(768, FindingStatus.Fail)]
    [InlineData(1023, FindingStatus.Fail)]
    [InlineData(1024, FindingStatus.Warning)]
    [InlineData(2048, null)]
    public async Task The_size_of_a_Diffie_Hellman_group_is_told_RFC9325_4_4(int bits, FindingStatus? expected)
    {
        var answer = await AnswerAsync(DheFlight(bits));
        Assert.Equal(bits, answer.DiffieHellmanBits);
        Assert.Single(answer.Certificates);
        Assert.Equal(expected, TlsReview.KeyExchange([("TLSv1.2", bits)])?.Status);
    }

    [Fact]
    public async Task A_flight_in_many_small_records_is_put_together()
    {
        var messages = DheFlight(2048)[5..];
        var records = messages.Chunk(7).SelectMany(c => Record(0x0303, c)).ToArray();
        Assert.Equal(2048, (await AnswerAsync(records)).DiffieHellmanBits);
    }

    [Fact]
    public async Task An_endless_flight_is_given_up()
    {
        var filler = Record(0x0303, [[11, 0xFF, 0xFF, 0xFF, .. new byte[16000]]]);
        var rest = Record(0x0303, [new byte[16000]]);
        var answer = await AnswerAsync([.. filler, .. Enumerable.Repeat(rest, 40).SelectMany(r => r)]);
        Assert.Equal(HelloAnswerKind.NotTls, answer.Kind);
    }

    [Fact]
    public async Task A_flight_cut_short_or_garbled_anywhere_throws_nothing()
    {
        var flight = DheFlight(1024);
        for (var length = 0; length < flight.Length; length += 3)
            Assert.NotNull(await AnswerAsync(flight[..length]));

        var random = new Random(20260);
        for (var round = 0; round < 3000; round++)
        {
            var garbled = (byte[])flight.Clone();
            for (var i = random.Next(1, 6); i > 0; i--)
                garbled[random.Next(garbled.Length)] = (byte)random.Next(256);
            Assert.NotNull(await AnswerAsync(garbled));
        }
    }

    [Theory]
    [InlineData(70, false)]
    [InlineData(40, false)]
    [InlineData(80, null)]
    [InlineData(112, null)]
    public async Task An_alert_is_a_refusal_unless_it_speaks_of_something_else(byte description, bool? taken)
    {
        var answer = await AnswerAsync([21, 3, 3, 0, 2, 2, description]);
        Assert.Equal(HelloAnswerKind.Alert, answer.Kind);
        Assert.Equal(taken, TlsVersionScan.Facts(HelloVersion.Tls12, answer, speaksTls: true).Taken);
    }

    [Fact]
    public async Task A_closed_connection_is_a_refusal_only_where_TLS_is_spoken()
    {
        var answer = await AnswerAsync([]);
        Assert.False(TlsVersionScan.Facts(HelloVersion.Tls10, answer, speaksTls: true).Taken);
        Assert.Null(TlsVersionScan.Facts(HelloVersion.Tls10, answer, speaksTls: false).Taken);
    }

    /// <summary>Gives what it was made with and swallows what is written.</summary>
    private sealed class OneSidedStream(byte[] octets) : MemoryStream(octets, writable: false)
    {
        public override bool CanWrite => true;

        public override void Write(byte[] buffer, int offset, int count)
        {
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
