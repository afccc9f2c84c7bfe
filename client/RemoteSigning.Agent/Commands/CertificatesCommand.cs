using System.Globalization;
using RemoteSigning.Agent.Core.Control;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;

namespace RemoteSigning.Agent.Commands;

/// <summary><c>virtual-card certificates</c>: what is on the card.</summary>
internal static class CertificatesCommand
{
    public static async Task<int> RunAsync(CommandLine line, AgentOptions options, ILocalSystem system, CancellationToken cancellation)
    {
        var agent = new ControlClient(system, options.Socket ?? system.DefaultSocket);
        AgentStatus status = await agent.AskAsync(new ControlRequest(ControlCommands.Status), cancellation);
        if (line.Json)
        {
            Console.WriteLine(status.CredentialsToJson());
        }
        else if (!status.SignedIn)
        {
            Console.WriteLine(StatusText.NotSignedIn);
        }
        else if (status.Credentials.Count == 0)
        {
            Console.WriteLine(StatusText.NoCredentials);
        }
        else
        {
            Console.WriteLine(string.Join("\n\n", status.Credentials.Select(Describe)));
        }

        return status.SignedIn ? ExitCodes.Done : ExitCodes.NotSignedIn;
    }

    private static string Describe(CredentialSummary credential)
    {
        string factors = (credential.NeedsPin, credential.NeedsOtp) switch
        {
            (true, true) => "PIN and one-time code",
            (true, false) => "PIN",
            (false, true) => "one-time code",
            _ => "none",
        };
        return $"""
            {credential.Label}
              key         {credential.Key}, for {credential.Purpose}, factors: {factors}
              subject     {credential.Subject}
              issuer      {credential.Issuer}
              serial      {credential.SerialNumber}
              valid       {Day(credential.NotBefore)} to {Day(credential.NotAfter)}
              state       {credential.Unusable ?? "usable"}
              CKA_ID      {credential.CkaId}
              credential  {credential.Id}
            """;
    }

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
