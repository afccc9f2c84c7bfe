using Microsoft.Extensions.Logging;
using RemoteSigning.Agent.Core.Pipe;

namespace RemoteSigning.Agent.Core.Card;

/// <summary>Makes the credentials fit the card: labels that differ, and a list that fits one answer.</summary>
internal static class CardLimits
{
    /// <summary>Room for the other fields of a LIST answer.</summary>
    private const int Reserve = 4096;

    public static IReadOnlyList<Credential> Apply(IEnumerable<Credential> credentials, ILogger log)
    {
        var fitting = new List<Credential>();
        var labels = new HashSet<string>(StringComparer.Ordinal);
        int size = 0;
        foreach (Credential credential in credentials)
        {
            Credential labelled = WithUniqueLabel(credential, labels);
            var writer = new PayloadWriter();
            labelled.OnCard.Write(writer);
            if (fitting.Count == CardProtocol.MaximumCredentials || size + writer.Length > CardProtocol.MaximumAnswer - Reserve)
            {
                Log.CredentialLeftOut(log, credential.Id, "the card is full", null);
                continue;
            }

            size += writer.Length;
            fitting.Add(labelled);
        }

        return fitting;
    }

    private static Credential WithUniqueLabel(Credential credential, HashSet<string> taken)
    {
        string label = credential.Label;
        for (int number = 2; !taken.Add(label); number++)
        {
            label = $"{credential.Label} {number}";
        }

        return label == credential.Label
            ? credential
            : new Credential(credential.OnCard with { Label = label }, credential.Certificate, credential.NeedsPin, credential.NeedsOtp, credential.SentCode,
                credential.Unusable);
    }
}
