"""Les écarts de perception : où l'établissement, le CFA, les apprentis, les employeurs ne disent pas la même chose."""
