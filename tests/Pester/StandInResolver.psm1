# A name server that knows a few MX records, on a free port of loopback: enough for a script that looks names up.
Set-StrictMode -Version 3

<#
.SYNOPSIS
    Answers MX questions over UDP from a table of name = preference, exchange. An empty exchange is the null MX.
#>
function Start-StandInResolver([Parameter(Mandatory)] [hashtable] $Records) {
    $socket = [Net.Sockets.UdpClient]::new([Net.IPEndPoint]::new([ipaddress]::Loopback, 0))
    $job = Start-ThreadJob -ArgumentList $socket, $Records {
        param($socket, $records)

        function ConvertTo-Label([string] $Name) {
            foreach ($label in $Name.Split('.', [StringSplitOptions]::RemoveEmptyEntries)) {
                [byte]$label.Length
                [Text.Encoding]::ASCII.GetBytes($label)
            }

            [byte]0
        }

        while ($true) {
            $from = [Net.IPEndPoint]::new([ipaddress]::Any, 0)
            $question = $socket.Receive([ref]$from)
            if ($question.Length -eq 0) {
                return
            }

            # The question's name: labels from octet 12 (RFC 1035 section 4.1.2).
            $at = 12
            $labels = while ($question[$at] -ne 0) {
                [Text.Encoding]::ASCII.GetString($question, $at + 1, $question[$at])
                $at += $question[$at] + 1
            }

            $type = $question[$at + 2]
            $record = $records[$labels -join '.']
            $answers = [byte[]]@()
            if ($record -and $type -eq 15) {
                $data = [byte[]]@(0, [byte]$record[0]) + [byte[]]@(ConvertTo-Label $record[1])
                $answers = [byte[]]@(0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, $data.Length) + $data
            }

            $header = [byte[]]@($question[0], $question[1], 0x81, ($record ? 0x80 : 0x83), 0, 1, 0, [byte]($answers.Length -gt 0), 0, 0, 0, 0)
            $reply = $header + $question[12..($at + 4)] + $answers
            $null = $socket.Send($reply, $reply.Length, $from)
        }
    }

    [pscustomobject]@{ Port = $socket.Client.LocalEndPoint.Port; Socket = $socket; Job = $job }
}

<#
.SYNOPSIS
    Ends it.
#>
function Stop-StandInResolver([Parameter(Mandatory, ValueFromPipeline)] $Resolver) {
    process {
        # Closing a socket does not wake the thread that reads from it; an empty datagram does.
        $bell = [Net.Sockets.UdpClient]::new()
        $null = $bell.Send([byte[]]@(), 0, '127.0.0.1', $Resolver.Port)
        $bell.Dispose()
        $Resolver.Job | Wait-Job | Remove-Job -Force
        $Resolver.Socket.Dispose()
    }
}

Export-ModuleMember -Function Start-StandInResolver, Stop-StandInResolver
