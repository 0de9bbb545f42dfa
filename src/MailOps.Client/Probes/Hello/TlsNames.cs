using System.Globalization;
using System.Net.Security;

namespace MailOps.Client.Probes.Hello;

/// <summary>The names that IANA gives the numbers on the wire.</summary>
internal static class TlsNames
{
    public static string Version(ushort version) => (HelloVersion)version switch
    {
        HelloVersion.Ssl3 => "SSLv3",
        HelloVersion.Tls10 => "TLSv1",
        HelloVersion.Tls11 => "TLSv1.1",
        HelloVersion.Tls12 => "TLSv1.2",
        HelloVersion.Tls13 => "TLSv1.3",
        _ => Hex(version),
    };

    public static string Version(HelloVersion version) => Version((ushort)version);

    public static string CipherSuite(ushort suite) =>
        Enum.IsDefined((TlsCipherSuite)suite) ? ((TlsCipherSuite)suite).ToString() : Hex(suite);

    public static string Group(ushort group) => group switch
    {
        0x0015 => "secp224r1",
        0x0016 => "secp256k1",
        0x0017 => "secp256r1",
        0x0018 => "secp384r1",
        0x0019 => "secp521r1",
        0x001A => "brainpoolP256r1",
        0x001B => "brainpoolP384r1",
        0x001C => "brainpoolP512r1",
        0x001D => "x25519",
        0x001E => "x448",
        0x0100 => "ffdhe2048",
        0x0101 => "ffdhe3072",
        0x0102 => "ffdhe4096",
        0x11EC => "X25519MLKEM768",
        _ => Hex(group),
    };

    // RFC 8446 section 6, and the older alerts of RFC 5246 section 7.2.
    public static string Alert(byte description) => description switch
    {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        22 => "record_overflow",
        30 => "decompression_failure",
        40 => "handshake_failure",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        109 => "missing_extension",
        110 => "unsupported_extension",
        112 => "unrecognized_name",
        116 => "certificate_required",
        120 => "no_application_protocol",
        _ => description.ToString(CultureInfo.InvariantCulture),
    };

    private static string Hex(ushort value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:X4}");
}
