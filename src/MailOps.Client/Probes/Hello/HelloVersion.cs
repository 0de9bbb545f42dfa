namespace MailOps.Client.Probes.Hello;

/// <summary>The versions that are asked about, by their numbers on the wire.</summary>
internal enum HelloVersion : ushort
{
    Ssl3 = 0x0300,
    Tls10 = 0x0301,
    Tls11 = 0x0302,
    Tls12 = 0x0303,
    Tls13 = 0x0304,
}
