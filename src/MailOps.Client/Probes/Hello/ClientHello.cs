using System.Security.Cryptography;
using System.Text;

namespace MailOps.Client.Probes.Hello;

/// <summary>
/// The first flight of a client that speaks exactly one version, made by hand: what is asked does not depend on what the
/// TLS library of this machine still allows.
/// </summary>
internal static class ClientHello
{
    private static readonly ushort[] Suites13 = [0x1301, 0x1302, 0x1303, 0x1304, 0x1305];

    // AEAD with forward secrecy first, then what RFC 9325 section 4.2 would rather not see.
    private static readonly ushort[] Suites12 =
    [
        0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0x009E, 0x009F, 0xCCAA, 0xC0AC, 0xC0AD, 0xC09E, 0xC09F,
        0xC023, 0xC027, 0xC024, 0xC028, 0x0067, 0x006B, 0x009C, 0x009D, 0xC09C, 0xC09D, 0x003C, 0x003D,
    ];

    // Suites of TLS 1.0 and 1.1, which 1.2 may use too.
    private static readonly ushort[] SuitesCbc =
    [
        0xC009, 0xC013, 0xC00A, 0xC014, 0x0033, 0x0039, 0x0032, 0x0038, 0x002F, 0x0035, 0x0045, 0x0088, 0x0041, 0x0084,
        0x0096, 0x009A, 0xC008, 0xC012, 0x0016, 0x0013, 0x000A, 0xC007, 0xC011, 0x0005, 0x0004,
    ];

    // DES, IDEA and export suites: offered to old versions only, where a server may have nothing better.
    private static readonly ushort[] SuitesOld = [0x0007, 0x0015, 0x0012, 0x0009, 0x0014, 0x0011, 0x0008, 0x0006, 0x0003];

    private static readonly ushort[] Groups13 = [0x001D, 0x0017, 0x0018, 0x0019, 0x001E, 0x0100, 0x0101, 0x0102];
    private static readonly ushort[] Groups12 = [0x001D, 0x0017, 0x0018, 0x0019, 0x001E, 0x001A, 0x001B, 0x001C, 0x0016, 0x0015];

    private static readonly ushort[] SignatureSchemes =
    [
        0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B,
        0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0202,
    ];

    /// <summary>The record to send.</summary>
    /// <param name="version">The only version that is offered.</param>
    /// <param name="serverName">The name for SNI in A-labels, or null for none. SSL 3 has no extensions and cannot say it.</param>
    public static byte[] Create(HelloVersion version, string? serverName)
    {
        var hello = Body(version, serverName, padding: 0);
        // Old load balancers hang on hellos of 256 to 511 octets (RFC 7685 section 4); 4 octets of header count, 4 go to the extension.
        if (version != HelloVersion.Ssl3 && hello.Length is > 251 and < 508)
            hello = Body(version, serverName, padding: Math.Max(1, 508 - hello.Length));

        var handshake = new HelloWriter().U8(1).Vector(3, w => w.Bytes(hello)).ToArray();
        // RFC 8446 section 5.1: 0x0301 in the first record's header keeps old servers calm.
        var recordVersion = version == HelloVersion.Ssl3 ? (ushort)0x0300 : (ushort)0x0301;
        return new HelloWriter().U8(22).U16(recordVersion).Vector(2, w => w.Bytes(handshake)).ToArray();
    }

    private static byte[] Body(HelloVersion version, string? serverName, int padding)
    {
        var writer = new HelloWriter()
            .U16((ushort)(version == HelloVersion.Tls13 ? HelloVersion.Tls12 : version))
            .Bytes(RandomNumberGenerator.GetBytes(32))
            // RFC 8446 appendix D.4: a session id makes TLS 1.3 look like a resumption to boxes on the way.
            .Vector(1, w => w.Bytes(version == HelloVersion.Tls13 ? RandomNumberGenerator.GetBytes(32) : []))
            .Vector(2, w => Array.ForEach(Suites(version), s => w.U16(s)))
            .Vector(1, w => w.U8(0));
        return version == HelloVersion.Ssl3
            ? writer.ToArray()
            : writer.Vector(2, w => Extensions(w, version, serverName, padding)).ToArray();
    }

    private static ushort[] Suites(HelloVersion version) => version switch
    {
        HelloVersion.Tls13 => Suites13,
        HelloVersion.Tls12 => [.. Suites12, .. SuitesCbc],
        // 0x00FF is how a client without extensions says that it renegotiates safely (RFC 5746 section 3.3).
        HelloVersion.Ssl3 => [.. SuitesCbc, .. SuitesOld, 0x00FF],
        _ => [.. SuitesCbc, .. SuitesOld],
    };

    private static void Extensions(HelloWriter writer, HelloVersion version, string? serverName, int padding)
    {
        if (serverName is not null)
            writer.Extension(0, e => e.Vector(2, list => list.U8(0).Vector(2, n => n.Bytes(Encoding.ASCII.GetBytes(serverName)))));
        writer.Extension(10, e => e.Vector(2, list => Array.ForEach(version == HelloVersion.Tls13 ? Groups13 : Groups12, g => list.U16(g))));
        if (version >= HelloVersion.Tls12)
            writer.Extension(13, e => e.Vector(2, list => Array.ForEach(SignatureSchemes, s => list.U16(s))));

        if (version == HelloVersion.Tls13)
        {
            writer.Extension(43, e => e.Vector(1, list => list.U16((ushort)HelloVersion.Tls13)));
            writer.Extension(45, e => e.Vector(1, list => list.U8(1)));
            writer.Extension(51, e => e.Vector(2, shares =>
            {
                // Any 32 octets are a public key of x25519; a point of P-256 has to lie on its curve.
                shares.U16(0x001D).Vector(2, k => k.Bytes(RandomNumberGenerator.GetBytes(32)));
                shares.U16(0x0017).Vector(2, k => k.Bytes(PointOnP256()));
            }));
        }
        else
        {
            writer.Extension(11, e => e.Vector(1, list => list.U8(0)));
            writer.Extension(22, _ => { });
            writer.Extension(23, _ => { });
            writer.Extension(0xFF01, e => e.U8(0));
        }

        if (padding > 0)
            writer.Extension(21, e => e.Bytes(new byte[padding]));
    }

    private static byte[] PointOnP256()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return [4, .. point.X!, .. point.Y!];
    }
}
