<#
.SYNOPSIS
    Grades the TLS of the mail exchangers of a list of domains, worst first.
.EXAMPLE
    ./CheckMxTls.ps1 contoso.com, fabrikam.com
.EXAMPLE
    Get-Content domains.txt | ./CheckMxTls.ps1 -Resolver 192.0.2.53
#>
param(
    # The domains.
    [Parameter(Mandatory, ValueFromPipeline)]
    [string[]] $Domain,

    # The name server to ask, instead of the system's.
    [string] $Resolver,

    # Its port.
    [int] $ResolverPort = 53,

    # The port on which the exchangers listen; anything but 25 is for tests.
    [int] $Port = 25
)

begin {
    $built = Join-Path $PSScriptRoot .. out MailOps MailOps.psd1
    if (-not (Get-Module MailOps)) {
        Import-Module ((Test-Path $built) ? $built : 'MailOps')
    }

    $lookup = @{ ThrottleLimit = 50 }
    if ($Resolver) {
        $lookup += @{ Server = $Resolver; Port = $ResolverPort }
    }

    $all = [Collections.Generic.List[string]]::new()
}

process {
    $all.AddRange($Domain)
}

end {
    # A null MX (RFC 7505) says that the domain takes no mail: there is nothing to test.
    $all | Get-MxRecord @lookup |
        Where-Object Exchange -NE '.' |
        Sort-Object Exchange -Unique |
        Test-MailTls -Port $Port |
        Sort-Object Verdict -Descending |
        Select-Object Server, Port, Verdict, Version, CipherSuite, DaysLeft, @{ Name = 'Reasons'; Expression = { $_.Reasons -join '; ' } }
}
