using System.Net;
using MailOps.Wire;

namespace MailOps.Server.Hosting;

/// <summary>A place to listen: what is spoken there, and how it is secured.</summary>
/// <param name="Protocol">What is spoken.</param>
/// <param name="Tls"><see cref="TlsMode.Implicit"/> or <see cref="TlsMode.StartTls"/>. <see cref="TlsMode.None"/> does not occur: TLS is always offered.</param>
/// <param name="Address">The address to listen on.</param>
/// <param name="Port">The port; 0 lets the system pick a free one.</param>
public sealed record MailEndpoint(MailProtocol Protocol, TlsMode Tls, IPAddress Address, int Port);
