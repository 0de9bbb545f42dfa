using System.IO.Pipes;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailOps.Sasl;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Sasl;

public sealed class ChannelBindingTests
{
    private static readonly FakeCredentialStore Store = new("user", "pencil", "user@example.com");
    private static readonly ChannelBinding Here = new([1, 2, 3], [4, 5, 6]);
    private static readonly ChannelBinding There = new([1, 2, 4], [4, 5, 7]);

    [Theory]
    [InlineData("SCRAM-SHA-256-PLUS", true)]
    [InlineData("SCRAM-SHA-256-PLUS", false)]
    [InlineData("SCRAM-SHA-1-PLUS", true)]
    public async Task Who_is_bound_to_the_same_connection_logs_in_and_who_is_bound_to_another_does_not(string mechanism, bool hasExporter)
    {
        var (here, there) = hasExporter ? (Here, There) : (new ChannelBinding(null, [4, 5, 6]), new ChannelBinding(null, [4, 5, 7]));
        Assert.Equal(hasExporter ? "tls-exporter" : "tls-server-end-point", here.Best);
        Assert.Equal(new SaslStep.Success("user@example.com"), await RunAsync(mechanism, Here, here, [mechanism]));
        Assert.Equal(new SaslStep.Failure(SaslFailure.ChannelBindingFailed, "user"), await RunAsync(mechanism, Here, there, [mechanism]));
    }

    // RFC 5802 section 6, and both ways that somebody between could try.
    [Fact]
    public async Task A_client_that_could_bind_and_was_not_offered_to_is_refused_by_a_server_that_did_offer()
    {
        Assert.Equal(new SaslStep.Failure(SaslFailure.ChannelBindingFailed, "user"), await RunAsync("SCRAM-SHA-256", Here, Here, ["SCRAM-SHA-256", "PLAIN"]));
    }

    [Fact]
    public async Task A_client_that_could_bind_is_taken_by_a_server_that_cannot()
    {
        Assert.Equal(new SaslStep.Success("user@example.com"), await RunAsync("SCRAM-SHA-256", null, Here, ["SCRAM-SHA-256"]));
    }

    [Fact]
    public async Task A_client_that_cannot_bind_or_does_not_want_to_is_taken_all_the_same()
    {
        Assert.Equal(new SaslStep.Success("user@example.com"), await RunAsync("SCRAM-SHA-256", Here, null, ["SCRAM-SHA-256"]));
        Assert.Equal(new SaslStep.Success("user@example.com"), await RunAsync("SCRAM-SHA-256", Here, Here, ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"]));
    }

    [Theory]
    [InlineData("SCRAM-SHA-256-PLUS", "n,,n=user,r=abc", SaslFailure.Malformed)]
    [InlineData("SCRAM-SHA-256-PLUS", "y,,n=user,r=abc", SaslFailure.Malformed)]
    [InlineData("SCRAM-SHA-256-PLUS", "p=,,n=user,r=abc", SaslFailure.ChannelBindingFailed)]
    [InlineData("SCRAM-SHA-256-PLUS", "p=tls-unique,,n=user,r=abc", SaslFailure.ChannelBindingFailed)]
    [InlineData("SCRAM-SHA-256-PLUS", "p=TLS-EXPORTER,,n=user,r=abc", SaslFailure.ChannelBindingFailed)]
    [InlineData("SCRAM-SHA-256-PLUS", "p,,n=user,r=abc", SaslFailure.Malformed)]
    [InlineData("SCRAM-SHA-256", "p=tls-exporter,,n=user,r=abc", SaslFailure.Malformed)]
    public async Task A_flag_that_does_not_go_with_the_mechanism_is_refused(string mechanism, string message, SaslFailure reason)
    {
        var server = SaslMechanisms.CreateServer(mechanism, new SaslServerContext(Store) { Binding = Here, OffersBinding = true })!;
        Assert.Equal(reason, Assert.IsType<SaslStep.Failure>(await server.StepAsync(Encoding.ASCII.GetBytes(message), CancellationToken.None)).Reason);
    }

    [Fact]
    public async Task The_type_that_was_named_first_counts_at_the_end_too()
    {
        var server = SaslMechanisms.CreateServer("SCRAM-SHA-256-PLUS", new SaslServerContext(Store) { Binding = Here })!;
        var client = SaslMechanisms.CreateClient("SCRAM-SHA-256-PLUS", new SaslClientContext("user", "pencil") { Binding = Here })!;
        var challenge = Assert.IsType<SaslStep.Challenge>(await server.StepAsync(client.InitialResponse, CancellationToken.None)).Data;
        var final = Encoding.ASCII.GetString((await client.StepAsync(challenge, CancellationToken.None)).Span);
        var other = "c=" + Convert.ToBase64String([.. "p=tls-server-end-point,,"u8, 4, 5, 6]);
        final = other + final[final.IndexOf(",r=", StringComparison.Ordinal)..];
        Assert.Equal(SaslFailure.ChannelBindingFailed, Assert.IsType<SaslStep.Failure>(await server.StepAsync(Encoding.ASCII.GetBytes(final), CancellationToken.None)).Reason);
    }

    [Fact]
    public void A_client_without_a_connection_to_bind_to_says_so()
    {
        var refused = Assert.Throws<SaslException>(() => SaslMechanisms.CreateClient("SCRAM-SHA-1-PLUS", "user", "pencil"));
        Assert.Contains("TLS", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SslProtocols.Tls13)]
    [InlineData(SslProtocols.Tls12)]
    public async Task Both_ends_of_a_connection_have_the_same_data_and_two_connections_have_not(SslProtocols version)
    {
        var (server, client) = await HandshakeAsync(version);
        var (otherServer, _) = await HandshakeAsync(version);

        var endPoint = SHA256.HashData(TestCertificate.Localhost.RawData);
        Assert.Equal(endPoint, server.Find(ChannelBinding.TlsServerEndPoint)!.Value.ToArray());
        Assert.Equal(endPoint, client.Find(ChannelBinding.TlsServerEndPoint)!.Value.ToArray());
        Assert.Null(server.Find("tls-unique"));

        if (version is SslProtocols.Tls12 || !OperatingSystem.IsLinux())
        {
            Assert.Null(server.Find(ChannelBinding.TlsExporter));
            Assert.False(server.CanBeOffered);
            return;
        }

        var data = server.Find(ChannelBinding.TlsExporter)!.Value.ToArray();
        Assert.Equal(32, data.Length);
        Assert.Equal(data, client.Find(ChannelBinding.TlsExporter)!.Value.ToArray());
        Assert.NotEqual(data, otherServer.Find(ChannelBinding.TlsExporter)!.Value.ToArray());
        Assert.True(server.CanBeOffered);
    }

    [Theory]
    [InlineData("SHA256")]
    [InlineData("SHA384")]
    [InlineData("SHA512")]
    public async Task The_hash_of_a_certificate_is_that_of_its_signature_RFC5929_4_1(string hash)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, new HashAlgorithmName(hash), RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (server, _) = await HandshakeAsync(SslProtocols.Tls13, certificate);
        Assert.Equal(CryptographicOperations.HashData(new HashAlgorithmName(hash), certificate.RawData), server.Find(ChannelBinding.TlsServerEndPoint)!.Value.ToArray());
    }

    private static async Task<SaslStep> RunAsync(string mechanism, ChannelBinding? server, ChannelBinding? client, string[] seen)
    {
        var there = SaslMechanisms.CreateServer(mechanism, new SaslServerContext(Store) { Binding = server, OffersBinding = server is not null })!;
        var here = SaslMechanisms.CreateClient(mechanism, new SaslClientContext("user", "pencil") { Binding = client, Offered = seen })!;
        var step = await there.StepAsync(here.InitialResponse, CancellationToken.None);
        while (step is SaslStep.Challenge challenge)
            step = await there.StepAsync(await here.StepAsync(challenge.Data, CancellationToken.None), CancellationToken.None);
        return step;
    }

    private static async Task<(ChannelBinding Server, ChannelBinding Client)> HandshakeAsync(SslProtocols version, X509Certificate2? own = null)
    {
        var certificate = own ?? TestCertificate.Localhost;
        using var to = new AnonymousPipeServerStream(PipeDirection.Out);
        using var from = new AnonymousPipeServerStream(PipeDirection.In);
        using var clientIn = new AnonymousPipeClientStream(PipeDirection.In, to.ClientSafePipeHandle);
        using var clientOut = new AnonymousPipeClientStream(PipeDirection.Out, from.ClientSafePipeHandle);
        await using var server = new SslStream(new TwoStreams(from, to));
        await using var client = new SslStream(new TwoStreams(clientIn, clientOut));
        await Task.WhenAll(
            server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = version }),
            client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true }));
        return (ChannelBinding.Of(server, certificate), ChannelBinding.Of(client, client.RemoteCertificate as X509Certificate2));
    }

    private sealed class TwoStreams(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => output.Flush();

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => output.WriteAsync(buffer, cancellationToken);
    }
}
